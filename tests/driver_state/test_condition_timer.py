"""The timer behind closures and glances: what a flicker is where frames are far apart."""

from __future__ import annotations

import pytest

from edge_app.driver_state.condition_timer import ConditionTimer

FLICKER_S = 0.3


def seen_s(*held: bool, interval_s: float) -> float:
    timer = ConditionTimer(flicker_s=FLICKER_S, max_gap_s=0.5, forget_s=0.5)
    going_on = None
    for number, condition in enumerate(held):
        going_on = timer.step(number * interval_s, condition)
    return going_on.seen_s if going_on else 0.0


def test_short_interruption_is_forgiven_and_counts() -> None:
    assert seen_s(True, True, False, True, interval_s=0.1) == pytest.approx(0.3)


@pytest.mark.parametrize("interval_s", [FLICKER_S, 0.4])
def test_one_frame_of_it_is_no_flicker_where_it_may_have_lasted_twice_as_long(
    interval_s: float,
) -> None:
    assert seen_s(True, True, False, True, interval_s=interval_s) == 0.0
