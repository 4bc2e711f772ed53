"""What held, and since when, in a rolling window."""

from __future__ import annotations

import pytest

from edge_app.driver_state.held_window import HeldWindow


def window_of(*steps: tuple[float, bool | None, float | None]) -> HeldWindow:
    window = HeldWindow(window_s=30.0, max_gap_s=0.5)
    for t_s, held, since_s in steps:
        window.step(t_s, held, since_s=since_s)
    return window


def test_what_is_known_late_to_have_held_counts_from_its_beginning() -> None:
    window = window_of((0.0, False, None), (0.4, False, None), (0.8, True, 0.3), (1.0, True, 0.3))
    assert window.held_s() == pytest.approx(0.7)
    assert window.known_s == pytest.approx(1.0)


def test_beginning_before_a_gap_does_not_fill_the_gap() -> None:
    window = window_of((0.0, False, None), (0.4, None, None), (0.8, True, 0.2), (1.0, True, 0.2))
    # Known are 0 to 0.4 and 0.8 to 1.0.
    assert window.held_s() == pytest.approx(0.4)


def test_no_beginning_counts_from_now() -> None:
    window = window_of((0.0, False, None), (0.4, True, None), (0.8, True, None))
    assert window.held_s() == pytest.approx(0.4)
