"""A yawn is a slow wide rise and fall of the mouth; talking, laughing and singing are not."""

from __future__ import annotations

import math

import pytest

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import DriverState, Yawn
from edge_app.driver_state.yawn import YawnEstimator
from tests.driver_state.traces import (
    FRAME_RATES_HZ,
    HARDLY_A_SMILE,
    Course,
    Driver,
    always,
    at,
    during,
    frame_times,
    line,
    replay,
    sample,
    watch,
)

YAWN = DriverStateSettings().yawn
# Rises for 1 s, wide for 3 s, falls for 1 s; above `rising_from` from 5.2 s, down to `falls_to` at 9.65 s.
SLOW_RISE_AND_FALL = line((5.0, 0.0), (6.0, 1.0), (9.0, 1.0), (10.0, 0.0))


def yawns(states: list[DriverState]) -> list[Yawn]:
    return [state.yawn.completed for state in states if state.yawn.completed is not None]


def opened(mouth: Course, duration_s: float = 30.0, smile: Course = HARDLY_A_SMILE) -> list[Yawn]:
    return yawns(watch(Driver(mouth=mouth, smile=smile), duration_s))


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_slow_rise_and_fall_is_one_yawn_with_its_times(frame_rate_hz: float) -> None:
    (yawn,) = yawns(watch(Driver(mouth=SLOW_RISE_AND_FALL), 15.0, frame_rate_hz))
    frame_s = 1.0 / frame_rate_hz + 1e-6
    assert yawn.onset_s == pytest.approx(5.0 + YAWN.rising_from, abs=frame_s)
    assert yawn.end_s == pytest.approx(10.0 - YAWN.falls_to, abs=frame_s)
    assert yawn.peak == pytest.approx(1.0)


def test_yawn_is_reported_when_the_mouth_has_come_down() -> None:
    states = watch(Driver(mouth=SLOW_RISE_AND_FALL), 15.0)
    told_s = next(state.t_s for state in states if state.yawn.completed)
    assert told_s == pytest.approx(10.0 - YAWN.falls_to, abs=1.5 / 30)


def test_one_slip_of_the_reading_does_not_cost_a_yawn() -> None:
    yawn = line((5.0, 0.0), (6.0, 0.7), (9.0, 0.7), (10.0, 0.0))
    (found,) = opened(lambda t_s: 1.0 if 7.0 <= t_s < 7.0 + 1 / 30 else yawn(t_s))
    assert found.peak == 1.0


def test_yawn_that_falls_slowly_is_a_yawn() -> None:
    assert len(opened(line((5.0, 0.0), (5.5, 0.95), (7.5, 0.9), (11.0, 0.0)))) == 1


@pytest.mark.parametrize("resting", [0.0, 0.25])
def test_a_note_that_is_sung_is_no_yawn(resting: float) -> None:
    """Wide for long enough, but soon over; lips that rest apart after it change nothing."""
    note = line((5.0, 0.0), (5.2, 0.9), (7.0, 0.9), (7.2, resting), (20.0, resting))
    assert opened(note) == []


@pytest.mark.parametrize("after_s", [1.8, 2.2, 2.6, 3.5])
def test_a_frame_read_as_nearly_shut_costs_no_yawn(after_s: float) -> None:
    """One that reads lower ends the yawn where it has lasted long enough, and is forgiven before."""
    yawn = line((5.0, 0.0), (5.2, 0.9), (9.5, 0.9), (9.8, 0.0))
    slip_s = 5.0 + after_s
    (found,) = opened(lambda t_s: 0.28 if slip_s <= t_s < slip_s + 1 / 30 else yawn(t_s))
    assert found.onset_s == pytest.approx(5.05, abs=0.05)


def test_grimaces_one_after_the_other_are_no_yawn() -> None:
    """Each is wide, and between two of them the mouth is wide too, but for a while far less so."""
    grimaces = line(
        *((5.0, 0.0), (5.3, 0.95), (6.2, 0.95), (6.3, 0.65), (6.8, 0.65), (6.9, 0.95), (8.0, 0.95)),
        (8.3, 0.0),
    )
    assert opened(grimaces) == []


def test_yawn_after_which_the_lips_rest_apart_is_one_yawn() -> None:
    mouth = line((5.0, 0.0), (6.0, 1.0), (9.0, 1.0), (9.7, YAWN.rising_from + 0.05))
    (yawn,) = opened(mouth)
    assert yawn.end_s < 9.7


def test_yawn_is_in_progress_once_it_has_been_wide_for_long_enough() -> None:
    states = watch(Driver(mouth=SLOW_RISE_AND_FALL), 15.0)
    wide_s = 5.0 + YAWN.wide_from
    assert not at(states, wide_s + YAWN.min_wide_s - 0.1).yawn.in_progress
    assert at(states, wide_s + YAWN.min_wide_s + 0.1).yawn.in_progress
    assert not states[-1].yawn.in_progress


def test_laugh_is_not_even_in_progress() -> None:
    states = watch(Driver(mouth=SLOW_RISE_AND_FALL, smile=always(0.9)), 15.0)
    assert not any(state.yawn.in_progress for state in states)


def test_short_wide_opening_is_no_yawn() -> None:
    assert opened(during(0.9, (5.0, 5.0 + YAWN.min_wide_s - 0.2))) == []


def test_mouth_never_wide_is_no_yawn() -> None:
    assert opened(during(YAWN.wide_from - 0.05, (5.0, 9.0))) == []


@pytest.mark.parametrize("syllables_per_s", [2.0, 3.5, 5.0])
def test_talking_is_no_yawn(syllables_per_s: float) -> None:
    def talking(t_s: float) -> float:
        return max(0.0, 0.4 + 0.4 * math.sin(2 * math.pi * syllables_per_s * t_s))

    assert opened(talking) == []


def test_laughing_is_no_yawn() -> None:
    assert opened(during(0.8, (5.0, 8.0)), smile=during(0.9, (4.5, 8.5))) == []


def test_singing_long_notes_is_no_yawn() -> None:
    # Notes of 1.8 s, the mouth half closed between them but never shut.
    notes = during(0.8, *((5.0 + 2.4 * i, 6.8 + 2.4 * i) for i in range(5)), otherwise=0.0)
    assert opened(lambda t: max(notes(t), 0.35 if 5.0 <= t < 17.0 else 0.0)) == []


def test_mouth_open_from_the_start_is_no_yawn() -> None:
    assert opened(during(0.9, (0.0, 6.0))) == []


def test_mouth_open_for_ever_is_no_yawn() -> None:
    assert opened(during(0.9, (5.0, 5.0 + YAWN.max_s + 1.0))) == []


def test_gap_while_the_mouth_is_wide_does_not_lengthen_it() -> None:
    # Wide for a second, then 5 s without a frame, then wide for half a second more.
    mouth = during(0.9, (5.0, 11.5))
    times_s = [t_s for t_s in frame_times(15.0) if not 6.0 < t_s < 11.0]
    assert yawns(replay(sample(Driver(mouth=mouth), times_s))) == []


def test_unknown_smile_does_not_hide_a_yawn() -> None:
    estimator = YawnEstimator(DriverStateSettings())
    nothing = Signal(None, None, None)
    states = [
        estimator.step(t_s, Signal.of(SLOW_RISE_AND_FALL(t_s)), nothing)
        for t_s in frame_times(15.0)
    ]
    assert states[-1].count_10_min == 1


def test_yawns_are_counted_within_ten_minutes() -> None:
    two = during(0.9, (5.0, 8.0), (100.0, 103.0), otherwise=0.0)
    states = watch(Driver(mouth=two), 800.0, 5.0)
    assert at(states, 50.0).yawn.count_10_min == 1
    assert at(states, 200.0).yawn.count_10_min == 2
    assert at(states, 8.0 + YAWN.window_s + 10.0).yawn.count_10_min == 1
    assert states[-1].yawn.count_10_min == 0
