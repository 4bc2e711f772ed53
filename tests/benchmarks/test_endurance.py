"""A few minutes of the day that the benchmark drives: it goes through the real loop and broker, and tells growth."""

from __future__ import annotations

import pytest

from benchmarks import endurance


@pytest.mark.mosquitto
def test_minutes_of_the_loop_give_a_figure_with_events(mosquitto_path: str) -> None:
    figure = endurance.loop_with_signals(0.05)
    assert figure.n == 5400
    assert figure.unit == "%" and abs(figure.value) < 20.0
    assert " 0 events" not in figure.note


def test_growth_is_of_the_last_tenth_against_the_second() -> None:
    memory = endurance._Memory([50.0] * 10 + [100.0] * 80 + [101.5] * 10)
    figure = memory.figure("loop", 1, "")
    assert figure.value == pytest.approx(1.5) and figure.met is False
