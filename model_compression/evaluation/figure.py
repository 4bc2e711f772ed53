"""One measured number and what stands behind it: of how many observations, of how many people, and how sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.share_interval import effective_count, wilson

Weights = NDArray[np.float64]
Floats = NDArray[np.float64]

_REPLICATES = 1000
_SEED = 20_240_501
_FEWEST_SOURCES = (
    5  # of fewer, an interval says more about who happened to be there than about anybody else
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What observations that depend on one another have in common. Intervals are over these, not over observations."""

    one: str
    many: str
    are_people: bool = False

    def counted(self, count: int) -> str:
        return f"{count} {self.one if count == 1 else self.many}"


PEOPLE = Sources("person", "people", are_people=True)
CLIPS = Sources("clip", "clips", are_people=True)  # one driver each
PICTURES = Sources("picture", "pictures")
MIXED = Sources("source", "sources")


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is None where the set or the perception cannot tell it; `interval` then says why."""

    value: float | None
    n: int  # observations
    people: int | None = None  # None: not known
    sources: int | None = None  # people, clips or clusters over which the interval is
    low: float | None = None  # 95 % interval
    high: float | None = None
    interval: str = ""  # how it was computed


Figures = dict[str, Figure]


def not_applicable(why: str) -> Figure:
    return Figure(None, 0, interval=why)


def share(
    hits: Sequence[bool] | NDArray[np.bool_], clusters: Sequence[str], of: Sources = PEOPLE
) -> Figure:
    """How many of `hits` are true. clusters: the source of each."""
    array = np.asarray(hits, dtype=np.bool_)
    if not len(array):
        return not_applicable("nothing to count")
    value, (index, count) = float(array.mean()), _numbered(clusters)
    if count < _FEWEST_SOURCES:
        return _without_interval(value, len(array), count, of)
    low, high = wilson(value, effective_count(array, index))
    return _with_interval(value, len(array), count, of, low, high, "Wilson")


def clustered(
    metric: Callable[[Weights], float | None], clusters: Sequence[str], of: Sources = PEOPLE
) -> Figure:
    """`metric` of all observations, and its interval when whole sources are drawn with replacement.

    metric: takes how often each observation was drawn (N,), gives None where such a draw cannot be judged.
    """
    n = len(clusters)
    value = metric(np.ones(n)) if n else None
    if value is None:
        return Figure(None, n, interval="too few observations")
    index, count = _numbered(clusters)
    if count < _FEWEST_SOURCES:
        return _without_interval(value, n, count, of)
    random = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(_REPLICATES):
        times = np.bincount(random.integers(0, count, count), minlength=count)
        replicate = metric(times[index].astype(np.float64))
        if replicate is not None:
            drawn.append(replicate)
    if len(drawn) < _REPLICATES // 2:
        why = f"none: most draws of {of.counted(count)} lack a class"
        return Figure(value, n, _people(count, of), count, interval=why)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return _with_interval(value, n, count, of, float(low), float(high), "bootstrap")


def clustered_mean(
    values: Sequence[float] | Floats, clusters: Sequence[str], of: Sources = PEOPLE
) -> Figure:
    """The mean of `values` over all observations."""
    array = np.asarray(values, dtype=np.float64)

    def mean(weights: Weights) -> float | None:
        total = weights.sum()
        return float((weights * array).sum() / total) if total > 0 else None

    return clustered(mean, clusters, of)


def _numbered(clusters: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    """The number of each observation's source, and how many there are."""
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    return index, len(names)


def _people(count: int, of: Sources) -> int | None:
    return count if of.are_people else None


def _without_interval(value: float, n: int, count: int, of: Sources) -> Figure:
    why = f"none: {of.counted(count)}, fewer than {_FEWEST_SOURCES}"
    return Figure(value, n, _people(count, of), count, interval=why)


def _with_interval(
    value: float, n: int, count: int, of: Sources, low: float, high: float, method: str
) -> Figure:
    how = f"{method} over {of.counted(count)}, 95 %"
    return Figure(value, n, _people(count, of), count, low, high, how)
