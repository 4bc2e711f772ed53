"""Stamps of drivers and streams on the program's one clock."""

from __future__ import annotations

import time

import pytest

from edge_app.camera.capture_time import SensorClock, StreamClock


@pytest.mark.parametrize(
    "clock_id", [time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME, time.CLOCK_REALTIME]
)
def test_stamp_of_any_system_clock_becomes_the_monotonic_time_of_capture(clock_id: int) -> None:
    clock = SensorClock()
    age_s = time.monotonic() - clock.to_monotonic_s(time.clock_gettime(clock_id) - 0.05)
    assert age_s == pytest.approx(0.05, abs=0.02)


def test_frame_held_back_by_the_driver_keeps_its_age_once_the_clock_is_known() -> None:
    clock = SensorClock()
    clock.to_monotonic_s(time.monotonic() - 0.03)
    age_s = time.monotonic() - clock.to_monotonic_s(time.monotonic() - 90.0)
    assert age_s == pytest.approx(90.0, abs=0.02)


@pytest.mark.parametrize("stamp_s", [0.0, -1.0, float("nan")])
def test_worthless_stamp_gives_the_time_of_reception(stamp_s: float) -> None:
    clock = SensorClock()
    assert time.monotonic() - clock.to_monotonic_s(stamp_s) < 0.02


@pytest.mark.parametrize("step_s", [1e8, -1e8, 3600.0, -5.0])
def test_frames_around_a_step_of_the_wall_clock_keep_a_sane_time(step_s: float) -> None:
    clock = SensorClock()
    clock.to_monotonic_s(time.time() - 0.05)
    # Taken just before the clock was set: its stamp is off by the whole step.
    age_s = time.monotonic() - clock.to_monotonic_s(time.time() - step_s - 0.05)
    assert age_s == pytest.approx(0.0, abs=0.02)
    # The next one is stamped with the clock as it goes now.
    age_s = time.monotonic() - clock.to_monotonic_s(time.time() - 0.05)
    assert age_s == pytest.approx(0.05, abs=0.02)


def test_stamps_may_change_to_another_clock() -> None:
    clock = SensorClock()
    for now_s in (time.time, time.monotonic, time.time):
        age_s = time.monotonic() - clock.to_monotonic_s(now_s() - 0.05)
        assert age_s == pytest.approx(0.05, abs=0.02)


def test_one_worthless_stamp_does_not_spoil_those_that_follow() -> None:
    clock = SensorClock()
    for stamp_s in (0.0, -1.0, float("nan")):
        assert time.monotonic() - clock.to_monotonic_s(stamp_s) < 0.02
        age_s = time.monotonic() - clock.to_monotonic_s(time.monotonic() - 0.05)
        assert age_s == pytest.approx(0.05, abs=0.02)


def test_stamp_of_the_future_is_taken_as_now() -> None:
    clock = SensorClock()
    clock.to_monotonic_s(time.monotonic())
    assert clock.to_monotonic_s(time.monotonic() + 5.0) <= time.monotonic()


def test_jitter_of_the_network_does_not_reach_the_spacing_of_frames() -> None:
    clock = StreamClock()
    jitter_s = [0.0, 0.03, 0.0, 0.08, 0.01, 0.05]
    times_s = [
        clock.to_monotonic_s(index * 0.04, 100.0 + index * 0.04 + late_s)
        for index, late_s in enumerate(jitter_s)
    ]
    assert times_s == pytest.approx([100.0 + index * 0.04 for index in range(6)], abs=1e-3)


def test_frame_held_up_on_the_way_keeps_its_true_time() -> None:
    clock = StreamClock()
    for index in range(25):
        clock.to_monotonic_s(index * 0.04, 100.0 + index * 0.04)
    assert clock.to_monotonic_s(1.0, 101.6) == pytest.approx(101.0, abs=0.01)


def test_slow_clock_of_the_sender_is_followed() -> None:
    clock = StreamClock()
    age_s = 0.0
    for index in range(25 * 600):
        sent_s = index * 0.04
        arrival_s = 100.0 + sent_s * 1.0003
        age_s = arrival_s - clock.to_monotonic_s(sent_s, arrival_s)
    assert age_s < 0.01
