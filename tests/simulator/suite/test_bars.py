"""What counts as a bar that is met or missed, on results as a run writes them."""

from __future__ import annotations

from typing import Any

from driver_simulator.suite.bars import figures
from driver_simulator.suite.matrix import Layer

SIGNALS = Layer.SIGNALS.value


def cell(*, passed: bool = True, degrades: bool = False, announced_s: float | None = None) -> Any:
    tags = {"condition": "mask" if degrades else "nominal", "degrades": degrades}
    return {
        "kind": "matrix",
        "layer": SIGNALS,
        "tags": tags,
        "hours": 0.01,
        "passed": passed,
        "announced_s": announced_s,
        "announce_by_s": 10.0 if degrades else None,
    }


def attentive(hours: float, warnings: int = 0) -> Any:
    return {
        "kind": "attentive",
        "layer": SIGNALS,
        "tags": {"person": 0, "face": None},
        "hours": hours,
        "warnings": [{}] * warnings,
    }


def sleepy(kss: int, mean_level: float) -> Any:
    return {
        "kind": "sleepy",
        "layer": SIGNALS,
        "tags": {"person": 0, "kss": kss, "face": None},
        "hours": 0.25,
        "mean_level": mean_level,
    }


def met(results: list[Any]) -> list[bool | None]:
    return [figure.met for figure in figures(results) if figure.bar]


def test_one_nominal_failure_misses_the_bar_of_the_matrix() -> None:
    assert met([cell(), cell()]) == [True]
    assert met([cell(), cell(passed=False)]) == [False]


def test_degraded_condition_that_is_told_late_or_never_misses_its_bar() -> None:
    assert met([cell(degrades=True, announced_s=8.1)]) == [True]
    assert met([cell(degrades=True, announced_s=10.1)]) == [False]
    assert met([cell(degrades=True)]) == [False]


def test_false_warnings_are_judged_by_their_upper_bound() -> None:
    """No warning in 40 h: at most 0.075 per hour; two: at most 0.157."""
    assert met([attentive(40.0)]) == [True]
    assert met([attentive(40.0, warnings=2)]) == [False]


def test_hours_of_many_drives_add_up() -> None:
    assert met([attentive(1 / 6, warnings=0) for _ in range(240)]) == [True]


def test_too_little_driving_meets_no_bar_and_misses_none() -> None:
    assert met([attentive(10.0)]) == [None]


def test_level_that_does_not_rise_with_sleepiness_misses_its_bar() -> None:
    assert met([sleepy(1, 2.0), sleepy(5, 3.0), sleepy(9, 8.0)]) == [True]
    assert met([sleepy(1, 8.0), sleepy(5, 3.0), sleepy(9, 2.0)]) == [False]
