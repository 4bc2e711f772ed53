"""The level adds up what was seen, names it, and is withheld from a driver who was not seen."""

from __future__ import annotations

import pytest

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import Drowsiness
from tests.driver_state.traces import (
    CLOSED,
    OPEN,
    SHUT_MOUTH,
    Course,
    Driver,
    always,
    at,
    blinking,
    during,
    missing,
    watch,
)

DROWSINESS = DriverStateSettings().drowsiness


def drowsiness_after(
    duration_s: float, closure: Course, *, frame_rate_hz: float = 30.0, mouth: Course = SHUT_MOUTH
) -> Drowsiness:
    return watch(Driver(closure=closure, mouth=mouth), duration_s, frame_rate_hz)[-1].drowsiness


def droops(share: float) -> Course:
    """Closures of 0.8 s, as often as gives this share of time: too long for blinks, too short to be sleep."""
    every_s = 0.8 / share
    return during(CLOSED, *((every_s * i, every_s * i + 0.8) for i in range(1, 400)))


def test_wide_awake_driver_has_the_level_of_one_and_no_reasons() -> None:
    drowsiness = drowsiness_after(70.0, blinking(4.0))
    assert drowsiness.level == DROWSINESS.alert_level
    assert drowsiness.reasons == ()


def test_no_level_before_the_eyes_were_seen_for_a_while() -> None:
    states = watch(Driver(), 70.0, 10.0)
    early = at(states, DROWSINESS.min_observed_s - 1.0).drowsiness
    assert early.level is None
    assert early.unavailable is Unavailable.NOT_CALIBRATED
    assert at(states, DROWSINESS.min_observed_s + 2.0).drowsiness.level is not None


def test_driver_whom_nobody_sees_has_no_level() -> None:
    hidden = missing(Unavailable.EYES_OCCLUDED, (70.0, 200.0))
    drowsiness = watch(Driver(eyes_missing=hidden), 150.0, 10.0)[-1].drowsiness
    assert drowsiness.level is None
    assert drowsiness.unavailable is Unavailable.EYES_OCCLUDED


def test_moderate_perclos_adds_three_levels_and_severe_five() -> None:
    # At 10 frames/s, where the same closures are not blinks as well.
    moderate = drowsiness_after(130.0, droops(DROWSINESS.perclos_moderate), frame_rate_hz=10.0)
    severe = drowsiness_after(130.0, droops(DROWSINESS.perclos_severe * 1.1), frame_rate_hz=10.0)
    assert moderate.level == pytest.approx(DROWSINESS.alert_level + 3.0, abs=0.5)
    assert severe.level == pytest.approx(DROWSINESS.alert_level + 5.0, abs=0.1)
    assert severe.reasons == ("perclos",)


def test_slow_blinks_add_up_to_two_levels() -> None:
    quick = drowsiness_after(70.0, blinking(6.0, length_s=0.2))
    slow = drowsiness_after(70.0, blinking(6.0, length_s=0.9))  # 0.78 s between its feet
    assert "slow_blinks" not in quick.reasons
    assert "slow_blinks" in slow.reasons
    perclos_alone = drowsiness_after(70.0, blinking(6.0, length_s=0.9), frame_rate_hz=10.0)
    assert slow.level is not None and perclos_alone.level is not None
    assert slow.level - perclos_alone.level == pytest.approx(2.0, abs=0.3)


def test_yawns_add_half_a_level_each_and_two_at_most() -> None:
    def yawning(count: int) -> Course:
        return during(0.9, *((5.0 + 8.0 * i, 8.0 + 8.0 * i) for i in range(count)), otherwise=0.0)

    two = drowsiness_after(80.0, always(OPEN), frame_rate_hz=10.0, mouth=yawning(2))
    nine = drowsiness_after(80.0, always(OPEN), frame_rate_hz=10.0, mouth=yawning(9))
    assert two.level == DROWSINESS.alert_level + 1.0
    assert nine.level == DROWSINESS.alert_level + 2.0
    assert nine.reasons == ("yawns",)


@pytest.mark.parametrize(
    ("closures", "level", "reason"),
    [
        ([(60.0, 61.5)], 7.0, "microsleep"),
        ([(60.0, 61.5), (64.0, 65.5)], 8.0, "repeated_microsleeps"),
        ([(60.0, 64.0)], 9.0, "sleep"),
    ],
)
def test_sleep_sets_a_floor_and_is_the_first_reason(
    closures: list[tuple[float, float]], level: float, reason: str
) -> None:
    drowsiness = drowsiness_after(130.0, during(CLOSED, *closures), frame_rate_hz=10.0)
    assert drowsiness.level == level
    assert drowsiness.reasons[0] == reason


def test_floor_is_there_even_before_a_level_would_be() -> None:
    drowsiness = drowsiness_after(8.0, during(CLOSED, (5.0, 6.5)))
    assert drowsiness.level == 7.0


def test_floor_is_gone_after_its_window() -> None:
    states = watch(Driver(closure=during(CLOSED, (40.0, 41.5))), 420.0, 5.0)
    assert at(states, 41.0 + DROWSINESS.window_s - 5.0).drowsiness.level == 7.0
    assert states[-1].drowsiness.level == DROWSINESS.alert_level


def test_level_never_passes_nine() -> None:
    drowsiness = drowsiness_after(
        130.0,
        lambda t: max(droops(0.4)(t), during(CLOSED, (100.0, 104.0))(t)),
        mouth=during(0.9, (10.0, 13.0), (20.0, 23.0), otherwise=0.0),
    )
    assert drowsiness.level == 9.0


def test_half_the_evidence_gives_half_the_confidence() -> None:
    # At 10 frames/s the blinks cannot be timed.
    full = drowsiness_after(70.0, blinking(4.0))
    half = drowsiness_after(70.0, blinking(4.0), frame_rate_hz=10.0)
    assert full.confidence == pytest.approx(1.0, abs=0.01)
    assert half.confidence == pytest.approx(0.5, abs=0.01)
