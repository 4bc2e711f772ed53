"""A simulated study of distraction: gazes at the zones of EU 2023/2590 at two speeds, with re-tests of what was missed.

Where the zones lie is a choice, modelled on a passenger car: no vehicle was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.study.drive import Driven, StudyDrive, drive_it
from driver_simulator.study.folder import StudyFolder
from driver_simulator.study.people import StudyPerson, draw_people
from driver_simulator.workers import workers
from edge_app.settings import VigilSettings

_SPEEDS = {"fast": (60.0, 3.5), "slow": (30.0, 6.0)}  # km/h, and the regulation's limit, seconds
_CALM_S, _BETWEEN_S, _BEYOND_LIMIT_S, _WAYS_S = 75.0, 20.0, 3.5, 2.0
_FIRST_DAY = datetime(2026, 2, 2, tzinfo=timezone.utc)
_LOOKS: dict[str, dict[str, Any]] = {
    "a": {"type": "turn_head", "yaw_deg": 10, "pitch_deg": -42},
    "b": {"type": "turn_head", "yaw_deg": -12, "pitch_deg": -42},
    "c": {"type": "look_at", "target": "lap"},
    "d": {"type": "turn_head", "yaw_deg": -45, "pitch_deg": -38},
    "e": {"type": "turn_head", "yaw_deg": -50, "pitch_deg": -33},
    "f": {"type": "turn_head", "yaw_deg": -48, "pitch_deg": -32},
    "k": {"type": "turn_head", "yaw_deg": -24, "pitch_deg": -42},
    "n": {"type": "turn_head", "yaw_deg": -20, "pitch_deg": -36},
}
_ZONES_WITHOUT = ("g", "h", "i", "j", "l", "m")  # here less than 30 degrees down
_QUIET: tuple[tuple[str, str, float], ...] = (
    ("left_mirror", "left_mirror", 1.4),
    ("right_mirror", "right_mirror", 1.6),
    ("rear_mirror", "rear_mirror", 1.4),
    ("i", "cluster", 1.3),
    ("c", "lap", 1.5),
)
_WAY_OF_LAP = {"eyes mostly": 0.35, "head mostly": 0.8}
_KINDS = (EventKind.GLANCE, EventKind.HEAD_TURN)


@dataclass(frozen=True, slots=True)
class _Gaze:
    """One trial as it is scripted."""

    zone: str
    behaviour: dict[str, Any]
    attempt: int
    quiet: bool
    way: str  # which part of the turn the head makes


@dataclass(frozen=True, slots=True)
class _Plan:
    """One drive and its gazes, in order."""

    drive: StudyDrive
    gazes: tuple[_Gaze, ...]
    speed_kmh: float
    limit_s: float


def simulate_addw(
    folder: StudyFolder,
    settings: VigilSettings,
    *,
    participants: int,
    seed: int,
    frame_rate_hz: float,
    date: str,
    with_traces: bool,
    jobs: int,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Drive and write everything. `told`: is given the number of finished drives."""
    people = draw_people(participants, seed)
    plans = [
        _plan(
            folder, person, band, frame_rate_hz, with_traces=with_traces, gazes=_first_gazes(person)
        )
        for person in people
        for band in _SPEEDS
    ]
    driven: list[Driven] = []
    rows: list[list[object]] = []
    again: list[_Plan] = []
    with workers(jobs) as pool:
        for plan, one in zip(
            plans, pool.each(partial(drive_it, settings), _drives(plans)), strict=True
        ):
            driven.append(one)
            rows += _rows(plan)
            missed = _missed(plan, one)
            if missed:
                person = next(p for p in people if p.name == plan.drive.participant)
                band = "fast" if plan.speed_kmh >= 50 else "slow"
                again.append(
                    _plan(
                        folder, person, band, frame_rate_hz, with_traces=with_traces, gazes=missed
                    )
                )
            told(len(driven))
        for plan, one in zip(
            again, pool.each(partial(drive_it, settings), _drives(again)), strict=True
        ):
            driven.append(one)
            rows += _rows(plan)
            told(len(driven))
    folder.write(
        people,
        driven,
        title=f"{participants} scripted drivers look away",
        date=date,
        about=f"Seed {seed}, {frame_rate_hz:g} frames/s. The zones' places are a choice.",
        more={"addw": {"zones_without": list(_ZONES_WITHOUT)}},
    )
    folder.table(
        "trials.csv",
        (
            *("trial", "drive", "zone", "in_area_3", "speed_kmh", "onset_s", "end_s", "attempt"),
            *("expect", "attentive_before_s", "way"),
        ),
        rows,
    )


def _drives(plans: Sequence[_Plan]) -> list[StudyDrive]:
    return [plan.drive for plan in plans]


def _first_gazes(person: StudyPerson) -> list[_Gaze]:
    rng = np.random.default_rng([person.seed, 4])
    gazes = []
    for zone, behaviour in _LOOKS.items():
        if behaviour["type"] == "look_at":
            gazes += [
                _Gaze(zone, {**behaviour, "head_share": share}, 0, False, way)
                for way, share in _WAY_OF_LAP.items()
            ]
        else:
            gazes.append(_Gaze(zone, behaviour, 0, False, "head"))
    gazes += [
        _Gaze(zone, {"type": "look_at", "target": target, "duration_s": long_s}, 0, True, "short")
        for zone, target, long_s in _QUIET
    ]
    return [gazes[at] for at in rng.permutation(len(gazes))]


def _missed(plan: _Plan, driven: Driven) -> list[_Gaze]:
    """Each gaze without a warning in time, twice: the re-tests of the regulation."""
    gazes = []
    for gaze, event in zip(plan.gazes, _scripted(plan), strict=True):
        due_s = event.full_from_s + plan.limit_s + 0.5
        warned = any(
            what.startswith("off_road") and event.full_from_s <= t_s + _first_s(plan) <= due_s
            for t_s, what, _ in driven.told
        )
        if not gaze.quiet and not warned:
            gazes += [
                _Gaze(gaze.zone, gaze.behaviour, attempt, False, gaze.way) for attempt in (1, 2)
            ]
    return gazes


def _plan(
    folder: StudyFolder,
    person: StudyPerson,
    band: str,
    frame_rate_hz: float,
    *,
    with_traces: bool,
    gazes: Sequence[_Gaze],
) -> _Plan:
    speed_kmh, limit_s = _SPEEDS[band]
    behaviours, t_s = [], _CALM_S
    for gaze in gazes:
        length_s = gaze.behaviour.get("duration_s", limit_s + _BEYOND_LIMIT_S + _WAYS_S)
        behaviours.append({**gaze.behaviour, "from_s": round(t_s, 3), "duration_s": length_s})
        t_s += length_s + _BETWEEN_S
    night = person.number % 2 == 0
    again = "_again" if any(gaze.attempt for gaze in gazes) else ""
    name = f"{person.name}_{band}{again}"
    scenario = Scenario.model_validate(
        {
            "name": f"study_{name}",
            "seed": person.seed,
            "duration_s": t_s,
            "person": person.scenario_part(),
            "camera": {
                "position": person.camera,
                "spectrum": "near_infrared",
                "frame_rate_hz": frame_rate_hz,
            },
            "light": [{"from_s": 0, "type": "night" if night else "day"}],
            "vehicle": [{"from_s": 0, "speed_kmh": speed_kmh}],
            "behaviours": behaviours,
            # Glances of the drawn kind would fall into the 15 s before a trial.
            "mirror_glances": False,
        }
    )
    drive = StudyDrive(
        name=name,
        participant=person.name,
        daylight="night" if night else "day",
        scenario=scenario,
        start=_FIRST_DAY + timedelta(days=person.number, hours=22 if night else 10),
        conditions={"camera": person.camera},
        trace=Path(folder.path) / "traces" / name if with_traces else None,
    )
    return _Plan(drive, tuple(gazes), speed_kmh, limit_s)


def _scripted(plan: _Plan) -> list[ScriptedEvent]:
    """The movements of the gazes, in their order."""
    events = Performance(plan.drive.scenario).events
    return [event for event in events if event.scripted and event.kind in _KINDS]


def _first_s(plan: _Plan) -> float:
    """Frame time from which a drive's seconds count."""
    from driver_simulator.scenario.frame_times import frame_times

    return next(iter(frame_times(plan.drive.scenario))).t_s


def _rows(plan: _Plan) -> list[list[object]]:
    rows: list[list[object]] = []
    first_s = _first_s(plan)
    before_s = 0.0
    for number, (gaze, event) in enumerate(zip(plan.gazes, _scripted(plan), strict=True), start=1):
        rows.append(
            [
                f"{plan.drive.name}_{number:02d}",
                plan.drive.name,
                gaze.zone,
                "yes" if gaze.zone in _LOOKS else "no",
                f"{plan.speed_kmh:g}",
                f"{event.full_from_s - first_s:.3f}",
                f"{event.full_until_s - first_s:.3f}",
                gaze.attempt,
                "quiet" if gaze.quiet else "warning",
                f"{event.onset_s - before_s:.1f}",
                gaze.way,
            ]
        )
        before_s = event.end_s
    return rows
