"""PERCLOS is a share of time that was seen, not of frames, and gaps lower its coverage only."""

from __future__ import annotations

import pytest

from edge_app.driver_state.perclos import PerclosEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Unavailable
from tests.driver_state.traces import (
    CLOSED,
    FRAME_RATES_HZ,
    Driver,
    during,
    frame_times,
    missing,
    replay,
    sample,
    watch,
)

PERCLOS = DriverStateSettings().perclos
# Closed for one second in every ten: a tenth of the time.
TENTH = during(CLOSED, *((10.0 * i, 10.0 * i + 1.0) for i in range(1, 20)))


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_share_of_time_is_the_same_at_every_frame_rate(frame_rate_hz: float) -> None:
    perclos = watch(Driver(closure=TENTH), 100.0, frame_rate_hz)[-1].perclos
    assert perclos.share == pytest.approx(0.1, abs=1e-3)


def test_frames_that_come_faster_while_the_eyes_are_closed_weigh_no_more() -> None:
    slow, fast = frame_times(100.0, 5.0), frame_times(100.0, 30.0)
    times_s = sorted(
        {round(t, 4) for t in slow if not TENTH(t)} | {round(t, 4) for t in fast if TENTH(t)}
    )
    perclos = replay(sample(Driver(closure=TENTH), times_s))[-1].perclos
    assert perclos.share == pytest.approx(0.1, abs=0.01)


def test_gap_in_signal_lowers_coverage_not_perclos() -> None:
    gap = missing(Unavailable.EYES_OCCLUDED, (62.0, 82.0))
    seen = watch(Driver(closure=TENTH), 100.0)[-1].perclos
    gappy = watch(Driver(closure=TENTH, eyes_missing=gap), 100.0)[-1].perclos
    assert seen.coverage == pytest.approx(1.0, abs=1e-3)
    assert gappy.coverage == pytest.approx(40.0 / PERCLOS.window_s, abs=0.01)
    # Of the 40 s left the eyes are closed in the seconds from 40, 50, 60 and 90 on: a tenth still.
    assert gappy.share == pytest.approx(seen.share, abs=2e-3)


def test_no_share_before_enough_of_the_window_was_seen() -> None:
    states = watch(Driver(closure=TENTH), 100.0, 10.0)
    known_s = PERCLOS.min_coverage * PERCLOS.window_s
    given = [state.t_s for state in states if state.perclos.share is not None]
    assert given[0] == pytest.approx(known_s, abs=0.2)


def test_blinks_count_in_one_share_and_not_in_the_other() -> None:
    blinks = during(CLOSED, *((4.0 * i, 4.0 * i + 0.3) for i in range(1, 40)))
    perclos = watch(Driver(closure=blinks), 100.0)[-1].perclos
    assert perclos.share == pytest.approx(0.3 / 4.0, abs=0.005)
    assert perclos.share_without_blinks == 0.0


def test_closures_longer_than_a_blink_are_in_both_shares() -> None:
    perclos = watch(Driver(closure=TENTH), 100.0)[-1].perclos
    assert perclos.share_without_blinks == pytest.approx(perclos.share)


def test_old_closures_leave_the_window() -> None:
    states = watch(Driver(closure=during(CLOSED, (5.0, 8.0))), 80.0, 10.0)
    assert states[-1].perclos.share == 0.0


def test_less_than_eighty_percent_closed_is_open() -> None:
    estimator = PerclosEstimator(DriverStateSettings())
    for index in range(400):
        perclos = estimator.step(index * 0.1, Signal.of(0.79), doubted=False)
    assert perclos.share == 0.0


def test_closures_in_doubt_are_neither_closed_nor_open() -> None:
    unsure = Driver(closure=TENTH, eye_std=during(0.15, (0.0, 200.0)))
    perclos = watch(unsure, 100.0)[-1].perclos
    assert perclos.share == 0.0
    assert perclos.coverage == pytest.approx(0.9, abs=0.02)


def test_a_few_frames_in_doubt_take_nothing_from_a_closure() -> None:
    now_and_then = Driver(
        closure=TENTH, eye_std=lambda t_s: 0.15 if round(t_s * 30) % 9 == 5 else 0.06
    )
    perclos = watch(now_and_then, 100.0)[-1].perclos
    assert perclos.share == pytest.approx(0.1, abs=0.01)
    assert perclos.share_without_blinks == pytest.approx(0.1, abs=0.01)
