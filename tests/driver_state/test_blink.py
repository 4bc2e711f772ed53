"""Blinks: found, timed by their phases, and withheld when there are too few frames to time them."""

from __future__ import annotations

import pytest

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import Blink, DriverState
from tests.driver_state.traces import (
    CLOSED,
    OPEN,
    Driver,
    at,
    blinking,
    during,
    frame_times,
    line,
    missing,
    replay,
    sample,
    watch,
)

SETTINGS = DriverStateSettings().blink
ONSET_SHARE = 0.2  # of a blink's own amplitude: where it begins and ends


def completed(states: list[DriverState]) -> list[Blink]:
    return [state.blinks.completed for state in states if state.blinks.completed is not None]


def trapezoid(start_s: float, closing_s: float, closed_s: float, reopening_s: float) -> Driver:
    return Driver(
        closure=line(
            (start_s, OPEN),
            (start_s + closing_s, CLOSED),
            (start_s + closing_s + closed_s, CLOSED),
            (start_s + closing_s + closed_s + reopening_s, OPEN),
        )
    )


@pytest.mark.parametrize("frame_rate_hz", [24.0, 30.0, 60.0])
def test_phases_of_a_known_blink_are_right_within_a_frame(frame_rate_hz: float) -> None:
    closing_s, closed_s, reopening_s = 0.10, 0.10, 0.25
    (blink,) = completed(
        watch(trapezoid(5.013, closing_s, closed_s, reopening_s), 7.0, frame_rate_hz)
    )
    frame_s = 1.0 / frame_rate_hz
    steep = SETTINGS.phase_share - ONSET_SHARE
    rest = 1.0 - SETTINGS.phase_share
    assert blink.onset_s == pytest.approx(5.013 + ONSET_SHARE * closing_s, abs=frame_s)
    assert blink.closing_s == pytest.approx(steep * closing_s, abs=frame_s)
    assert blink.closed_s == pytest.approx(closed_s + rest * (closing_s + reopening_s), abs=frame_s)
    assert blink.reopening_s == pytest.approx(steep * reopening_s, abs=frame_s)
    assert blink.amplitude == pytest.approx(1.0, abs=0.02)


def test_amplitude_over_peak_velocity_is_the_closing_time_of_a_straight_closing() -> None:
    (blink,) = completed(watch(trapezoid(5.0, 0.2, 0.1, 0.2), 7.0, 60.0))
    assert blink.amplitude_velocity_ratio_s == pytest.approx(0.2, rel=0.05)


def test_every_blink_is_counted_once() -> None:
    states = watch(Driver(closure=blinking(4.0)), 61.0)
    assert states[-1].blinks.count == len(completed(states)) == 15


def test_rate_and_mean_duration_are_those_of_the_driver() -> None:
    blinks = watch(Driver(closure=blinking(4.0, length_s=0.3)), 120.0)[-1].blinks
    assert blinks.rate_per_min.value == pytest.approx(15.0, abs=1.0)
    # A trapezoid of thirds: without the onset shares of both ramps.
    assert blinks.mean_duration_s.value == pytest.approx(0.3 - 2 * 0.2 * 0.1, abs=0.03)


@pytest.mark.parametrize("frame_rate_hz", [5.0, 10.0, 15.0, 19.0])
def test_too_few_frames_to_time_a_blink_say_so(frame_rate_hz: float) -> None:
    blinks = watch(Driver(closure=blinking(4.0)), 60.0, frame_rate_hz)[-1].blinks
    assert blinks.rate_per_min.unavailable is Unavailable.LOW_FRAME_RATE
    assert blinks.mean_duration_s.unavailable is Unavailable.LOW_FRAME_RATE
    assert blinks.mean_reopening_s.unavailable is Unavailable.LOW_FRAME_RATE
    assert blinks.count == 0


def test_drops_below_twenty_valid_frames_make_it_low_frame_rate() -> None:
    times_s = frame_times(60.0, 30.0, drop_share=0.5, seed=3)
    states = replay(sample(Driver(closure=blinking(4.0)), times_s))
    assert states[-1].valid_frame_rate_hz < SETTINGS.min_frame_rate_hz
    assert states[-1].blinks.mean_duration_s.unavailable is Unavailable.LOW_FRAME_RATE


def test_hidden_eyes_give_their_own_reason_once_nothing_valid_is_left() -> None:
    hidden = missing(Unavailable.EYES_OCCLUDED, (40.0, 60.0))
    blinks = watch(Driver(closure=blinking(4.0), eyes_missing=hidden), 50.0)[-1].blinks
    assert blinks.rate_per_min.unavailable is Unavailable.EYES_OCCLUDED


def test_gap_in_a_blink_makes_it_none() -> None:
    hidden = missing(Unavailable.BLURRED, (8.05, 8.15))
    states = watch(Driver(closure=blinking(8.0), eyes_missing=hidden), 12.0)
    assert completed(states) == []


def test_squint_is_no_blink() -> None:
    small = SETTINGS.min_amplitude * 0.8
    assert completed(watch(Driver(closure=during(small, (5.0, 5.2))), 8.0)) == []


def test_microsleep_is_no_blink() -> None:
    assert completed(watch(Driver(closure=during(CLOSED, (5.0, 6.5))), 9.0)) == []


def test_blinks_are_found_again_after_long_sleep() -> None:
    driver = Driver(
        closure=lambda t: CLOSED if 5.0 <= t < 25.0 else blinking(4.0)(t) if t > 26 else OPEN
    )
    assert len(completed(watch(driver, 41.0))) == 4  # at 28, 32, 36 and 40


def test_blinks_of_more_than_a_minute_ago_are_forgotten_but_counted() -> None:
    states = watch(Driver(closure=blinking(4.0, until_s=20.0)), 90.0)
    assert states[-1].blinks.count == 4
    assert states[-1].blinks.rate_per_min.value == 0.0
    assert at(states, 30.0).blinks.rate_per_min.value != 0.0
