"""Time driven: short stops count, a rest begins it anew."""

from __future__ import annotations

from edge_app.driver_state.driven_time import DrivenTime

REST_S = 900.0


def driven_s(*stretches: tuple[float, bool]) -> float:
    """Stretches of (duration in s, parked), a frame each second; what is told at the end."""
    time, t_s, told = DrivenTime(REST_S), 0.0, 0.0
    for duration_s, parked in stretches:
        for _ in range(round(duration_s)):
            told = time.step(t_s, parked=parked)
            t_s += 1.0
    return told


def test_short_stop_counts_as_driving() -> None:
    assert driven_s((3600, False), (REST_S - 10, True), (101, False)) == 3600 + REST_S - 10 + 100


def test_rest_begins_it_anew() -> None:
    assert driven_s((3600, False), (REST_S + 60, True), (101, False)) == 101


def test_two_short_stops_are_no_rest() -> None:
    stop = (REST_S / 2 + 10, True)
    assert driven_s((60, False), stop, (60, False), stop, (61, False)) > 2 * REST_S / 2
