"""What drivers do in the suite: after Euro NCAP's protocol, after openpilot's scenarios, and what both leave untested.

Each situation is a scenario; conditions (`conditions.py`) change who drives, what looks and the light. Instants and
lengths are computed from the settings, so that other settings give other scripts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from driver_simulator.scenario.scenario import Scenario
from edge_app.settings import VigilSettings

START_S = 15.0
"""The way ahead and the usual level of the lids are known by then."""
_AFTER_S = 9.0
_CLEARLY_S = 0.6  # beyond or below a limit


@dataclass(frozen=True, slots=True)
class Situation:
    """A script, and whether anything at all may be told in it."""

    name: str
    group: str  # where it comes from
    scenario: Scenario
    safety: bool = True  # something must be told


def situations(settings: VigilSettings) -> tuple[Situation, ...]:
    return (
        *_euro_ncap(settings),
        *_openpilot(settings),
        *_left_untested(settings),
    )


def _euro_ncap(settings: VigilSettings) -> Iterator[Situation]:
    lids, ladder = settings.driver_state.lids, settings.alerts.closed_eyes
    distraction = settings.alerts.distraction
    group = "Euro NCAP"
    microsleep_s = lids.microsleep_s + _CLEARLY_S
    yield _drive("microsleep", group, [_do("microsleep", START_S, microsleep_s)])
    yield _drive("sleep", group, [_do("sleep", START_S, lids.sleep_s + _CLEARLY_S)])
    yield _drive("unresponsive", group, [_do("sleep", START_S, ladder.unresponsive_s + _CLEARLY_S)])
    yield _drive(
        "head_drops_asleep",
        group,
        [_do("sleep", START_S, lids.sleep_s + _CLEARLY_S, head_drop_deg=18)],
    )
    glance_s = distraction.glance_fast_s + 1.5
    for target in ("console", "lap", "left_window", "passenger"):
        yield _drive(
            f"long_glance_{target}",
            group,
            [_do("look_at", START_S, glance_s, target=target, head_share=1.0)],
        )
    yield _drive("phone_in_lap", group, [_do("phone", START_S, glance_s, held="lap")])
    yield _drive("shared_attention", group, _repeated_glances(settings))
    for name, what in (
        ("talking", "talk"),
        ("laughing", "laugh"),
        ("singing", "sing"),
        ("eating", "eat"),
    ):
        yield _drive(name, group, [_do(what, START_S, 20.0)], safety=False)
        yield _drive(
            f"microsleep_after_{name}",
            group,
            [_do(what, START_S, 10.0), _do("microsleep", START_S + 12.0, microsleep_s)],
        )
    yield _drive("rubbing_eyes", group, [_do("rub_eyes", START_S, 3.0)], safety=False)
    one_eye = _do("rub_eyes", START_S, 12.0, eye="left")
    yield _drive("one_eye_hidden", group, [one_eye], safety=False)
    yield _drive(
        "microsleep_with_one_eye_hidden",
        group,
        [one_eye, _do("microsleep", START_S + 5.0, microsleep_s)],
    )
    yield _drive("sneezing", group, [_do("sneeze", START_S, 1.2)], safety=False)


def _openpilot(settings: VigilSettings) -> Iterator[Situation]:
    """What openpilot's selfdrive/monitoring/test_monitoring.py drives through, in 120 s each there.

    Not engaged is parked here; its wheel touch is the unit's button. A model in doubt is a condition of the signals.
    """
    distraction, told = settings.alerts.distraction, settings.alerts.degraded
    parking = settings.alerts.parking
    group = "openpilot"
    long_s, limit_s = 12.0, distraction.glance_fast_s

    def away(from_s: float, duration_s: float) -> dict[str, Any]:
        return _do("look_at", from_s, duration_s, target="left_window", head_share=1.0)

    yield _drive("attentive", group, [], duration_s=120.0, safety=False)
    yield _drive("distracted", group, [away(START_S, 60.0)], duration_s=90.0)
    yield _drive("invisible", group, [_do("hide", 5.0, 60.0, by="leaning_out")], duration_s=75.0)
    again_s = START_S + long_s + 8.0
    yield _drive(
        "distracted_and_back", group, [away(START_S, limit_s + 2.0), away(again_s, limit_s + 2.0)]
    )
    yield _drive(
        "camera_dodger",
        group,
        [
            away(START_S, limit_s + 2.0),
            _do("hide", START_S + limit_s + 2.5, 2.0, by="leaning_out"),
            away(START_S + limit_s + 5.0, long_s),
        ],
    )
    hidden_s = told.told_after_s + 4.0
    for seen_s in (0.5, 10.0):
        yield _drive(
            f"seen_for_{1000 * seen_s:.0f}_ms_between",
            group,
            [
                _do("hide", START_S, hidden_s, by="leaning_out"),
                _do("hide", START_S + hidden_s + seen_s, hidden_s, by="leaning_out"),
            ],
        )
    yield _drive(
        "answers_in_the_last_second",
        group,
        [away(START_S + 8.0 * k, limit_s - 0.7) for k in range(2)],
        safety=False,
    )
    yield _drive(
        "parked_and_distracted",
        group,
        [away(START_S, 30.0), _do("sleep", START_S + 35.0, 10.0)],
        vehicle=[{"from_s": 0, "speed_kmh": 0, "ignition_on": False}],
        safety=False,
    )
    red_s = START_S + parking.clear_distraction_after_s + 15.0
    yield _drive(
        "traffic_light",
        group,
        [away(START_S, red_s + 8.0 - START_S)],
        vehicle=[
            {"from_s": 0, "speed_kmh": 60},
            {"from_s": START_S - 1.0, "speed_kmh": 0},
            {"from_s": red_s, "speed_kmh": 60},
        ],
    )
    stop_s = START_S + limit_s + 1.0
    yield _drive(
        "stops_while_distracted",
        group,
        [away(START_S, 25.0)],
        vehicle=[{"from_s": 0, "speed_kmh": 60}, {"from_s": stop_s, "speed_kmh": 0}],
    )


def _left_untested(settings: VigilSettings) -> Iterator[Situation]:
    """Driver side, passenger, speed, hiding after a warning: not in openpilot's list."""
    distraction, lids = settings.alerts.distraction, settings.driver_state.lids
    ladder, told = settings.alerts.closed_eyes, settings.alerts.degraded
    group = "further"
    microsleep_s = lids.microsleep_s + _CLEARLY_S
    slow_kmh = (distraction.slow_kmh + distraction.fast_kmh) / 2

    def away(from_s: float, duration_s: float) -> dict[str, Any]:
        return _do("look_at", from_s, duration_s, target="left_window", head_share=1.0)

    yield _drive(
        "slow_glance_below_its_limit",
        group,
        [away(START_S, distraction.glance_slow_s - _CLEARLY_S)],
        vehicle=[{"from_s": 0, "speed_kmh": slow_kmh}],
        safety=False,
    )
    yield _drive(
        "slow_glance_beyond_its_limit",
        group,
        [away(START_S, distraction.glance_slow_s + 1.5)],
        vehicle=[{"from_s": 0, "speed_kmh": slow_kmh}],
    )
    yield _drive(
        "unknown_speed_counts_as_fast",
        group,
        [away(START_S, distraction.glance_fast_s + 1.5)],
        vehicle=[{"from_s": 0, "speed_kmh": None}],
    )
    # Fast enough to count ahead; then on, with a glance that is short by itself.
    reversing_kmh = (distraction.hold_below_kmh + distraction.slow_kmh) / 2
    ahead_s = START_S + 13.0
    yield _drive(
        "reverses_and_drives_on",
        group,
        [
            _do("look_at", START_S, 12.0, target="over_right_shoulder", head_share=0.8),
            away(ahead_s + 2.0, distraction.glance_fast_s - _CLEARLY_S - 0.4),
        ],
        vehicle=[
            {"from_s": 0, "speed_kmh": reversing_kmh, "reverse": True},
            {"from_s": ahead_s, "speed_kmh": distraction.fast_kmh + 10},
        ],
        safety=False,
    )
    asleep_s = lids.sleep_s + 1.2
    yield _drive(
        "hides_after_the_alarm",
        group,
        [
            _do("sleep", START_S, asleep_s),
            _do("hide", START_S + asleep_s - 0.6, told.told_after_s + 3.0, by="covering_lens"),
        ],
    )
    yield _drive(
        "covers_the_lens",
        group,
        [_do("hide", START_S, told.told_after_s + 3.0, by="covering_lens")],
    )
    yield _drive(
        "wakes_before_unresponsive",
        group,
        [_do("sleep", START_S, ladder.unresponsive_s - _CLEARLY_S)],
    )
    yield _drive(
        "three_microsleeps",
        group,
        [_do("microsleep", START_S + 12.0 * k, microsleep_s) for k in range(3)],
    )
    yield _drive(
        "glances_to_all_mirrors",
        group,
        [
            _do("look_at", START_S + 5.0 * k, 1.2, target=target, head_share=0.7)
            for k, target in enumerate(("left_mirror", "rear_mirror", "right_mirror", "cluster"))
        ],
        safety=False,
    )
    yield _drive(
        "blinks_while_looking_down",
        group,
        [
            _do("look_at", START_S + 4.0 * k, 1.5, target="cluster", head_share=0.2)
            for k in range(4)
        ],
        safety=False,
    )
    yield _drive(
        "yawning", group, [_do("yawn", START_S + 14.0 * k, 6.0) for k in range(3)], safety=False
    )


def _repeated_glances(settings: VigilSettings) -> list[dict[str, Any]]:
    """Glances that are each short enough, and too many."""
    share_s, each_s = settings.alerts.distraction.share_s, 2.6
    count = int(share_s / each_s) + 3
    return [
        _do("look_at", START_S + 4.2 * k, each_s, target="left_window", head_share=1.0)
        for k in range(count)
    ]


def _do(what: str, from_s: float, duration_s: float, **more: object) -> dict[str, Any]:
    return {
        "type": what,
        "from_s": round(from_s, 3),
        "duration_s": round(duration_s, 3),
        **more,
    }


def _drive(
    name: str,
    group: str,
    behaviours: list[dict[str, Any]],
    *,
    duration_s: float | None = None,
    vehicle: list[dict[str, Any]] | None = None,
    safety: bool = True,
) -> Situation:
    ends_s = [one["from_s"] + one["duration_s"] for one in behaviours]
    script = {
        "name": name,
        "duration_s": duration_s or max(ends_s) + _AFTER_S,
        "vehicle": vehicle or [{"from_s": 0, "speed_kmh": 100}],
        "behaviours": behaviours,
    }
    return Situation(name, group, Scenario.model_validate(script), safety)
