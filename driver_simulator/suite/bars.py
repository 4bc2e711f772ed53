"""The bars of the suite: what of its results must hold, the figure that was reached, and whether that is enough.

In: the results of a run, whole or in part. Out: a line for each figure; a run in part has fewer of them, and on too
little driving no bar of a rate is met or missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from driver_simulator.suite.conditions import NOMINAL, TOLD_WITHIN_S
from driver_simulator.suite.job import Kind
from driver_simulator.suite.matrix import Layer
from driver_simulator.suite.rates import rank_correlation, upper_bound_per_h
from driver_simulator.suite.result import Result


@dataclass(frozen=True, slots=True)
class Figure:
    """`met` is None where no bar is set, or too little was driven to tell."""

    layer: Layer
    what: str
    value: str
    of: str
    bar: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class _Bars:
    warnings_per_h: float  # upper 95 % bound
    hours: float
    rank_correlation: float


_ROUNDING_H = 1e-6
_BARS = {
    Layer.SIGNALS: _Bars(warnings_per_h=0.1, hours=40.0, rank_correlation=0.9),
    Layer.PICTURES: _Bars(warnings_per_h=1.0, hours=3.0, rank_correlation=0.8),
}


def figures(results: Sequence[Result]) -> Iterator[Figure]:
    for layer in Layer:
        of_layer = [one for one in results if one["layer"] == layer.value]
        yield from _of_matrix(layer, [one for one in of_layer if one["kind"] == Kind.MATRIX])
        yield from _of_attentive(layer, [one for one in of_layer if one["kind"] == Kind.ATTENTIVE])
        yield from _of_sleepy(layer, [one for one in of_layer if one["kind"] == Kind.SLEEPY])


def told_in_time_that_it_cannot_see(cell: Result) -> bool:
    by_s, told_s = cell["announce_by_s"], cell["announced_s"]
    return by_s is None or (told_s is not None and told_s <= by_s)


def _of_matrix(layer: Layer, cells: Sequence[Result]) -> Iterator[Figure]:
    if not cells:
        return
    passed = sum(cell["passed"] for cell in cells)
    yield Figure(
        layer,
        "situations under conditions that pass",
        f"{passed} of {len(cells)}",
        _driven(cells),
        "",
        None,
    )
    nominal = [cell for cell in cells if cell["tags"]["condition"] == NOMINAL.name]
    degraded = [cell for cell in cells if cell["announce_by_s"] is not None]
    for what, chosen, count in (
        ("of these in nominal conditions", nominal, sum(cell["passed"] for cell in nominal)),
        (
            f"degraded conditions told within {TOLD_WITHIN_S:g} s",
            degraded,
            sum(told_in_time_that_it_cannot_see(cell) for cell in degraded),
        ),
    ):
        if chosen:
            value = f"{count} of {len(chosen)}"
            yield Figure(layer, what, value, _driven(chosen), "all", count == len(chosen))


def _of_attentive(layer: Layer, drives: Sequence[Result]) -> Iterator[Figure]:
    if not drives:
        return
    bars = _BARS[layer]
    count = sum(len(drive["warnings"]) for drive in drives)
    hours = sum(drive["hours"] for drive in drives)
    bound = upper_bound_per_h(count, hours)
    yield Figure(
        layer,
        "false warnings, attentive at KSS 1 to 3",
        f"{count}, at most {bound:.3f} per hour (95 %)",
        f"{hours:.1f} h, {_people(drives)}",
        f"≤ {bars.warnings_per_h:g} in ≥ {bars.hours:g} h",
        bound <= bars.warnings_per_h if hours >= bars.hours - _ROUNDING_H else None,
    )


def _of_sleepy(layer: Layer, drives: Sequence[Result]) -> Iterator[Figure]:
    drives = [drive for drive in drives if drive["mean_level"] is not None]
    if not drives:
        return
    people = sorted({drive["tags"]["person"] for drive in drives})
    single = [_rho(d for d in drives if d["tags"]["person"] == person) for person in people]
    rho = _rho(drives)
    yield Figure(
        layer,
        "level of drowsiness against scripted KSS, rank correlation",
        f"{rho:.3f} (one person {min(single):.2f} to {max(single):.2f})",
        f"{len(drives)} drives, {_people(drives)}",
        f"≥ {_BARS[layer].rank_correlation:g}",
        rho >= _BARS[layer].rank_correlation,
    )


def _rho(drives: Iterable[Result]) -> float:
    chosen = list(drives)
    return rank_correlation(
        [drive["tags"]["kss"] for drive in chosen], [drive["mean_level"] for drive in chosen]
    )


def _people(drives: Sequence[Result]) -> str:
    """People differ in habits, and through pictures in their faces, of which there may be fewer."""
    people = f"{len({drive['tags']['person'] for drive in drives})} people"
    faces = {drive["tags"]["face"] for drive in drives} - {None}
    return f"{people}, {len(faces)} face{'s' * (len(faces) != 1)}" if faces else people


def _driven(cells: Iterable[Result]) -> str:
    return f"{sum(cell['hours'] for cell in cells):.1f} h"
