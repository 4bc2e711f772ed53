"""One measured number and what stands behind it: of how many observations, of how many people, and how sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
Floats = NDArray[np.float64]

_Z_95 = 1.959964
_REPLICATES = 1000
_SEED = 20_240_501
_FEWEST_CLUSTERS = 5  # of fewer, resampling says more about the draw than about the people


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is None where the set or the perception cannot tell it; `interval` then says why."""

    value: float | None
    n: int
    people: int | None = None  # None: not known
    low: float | None = None  # 95 % interval
    high: float | None = None
    interval: str = ""  # how it was computed


Figures = dict[str, Figure]


def not_applicable(why: str) -> Figure:
    return Figure(None, 0, interval=why)


def share(hits: Sequence[bool] | NDArray[np.bool_], people: int | None = None) -> Figure:
    """How many of `hits` are true, with Wilson's interval."""
    n, count = len(hits), int(np.count_nonzero(hits))
    if n == 0:
        return not_applicable("nothing to count")
    low, high = wilson(count, n)
    return Figure(count / n, n, people, low, high, "Wilson, 95 %")


def wilson(count: int, n: int) -> tuple[float, float]:
    """95 % score interval of a share. Wilson 1927."""
    p = count / n
    centre = p + _Z_95**2 / (2 * n)
    half = _Z_95 * math.sqrt(p * (1 - p) / n + _Z_95**2 / (4 * n * n))
    scale = 1 + _Z_95**2 / n
    # At 0 and n the bound is exactly that; rounding must not say otherwise.
    low = 0.0 if count == 0 else (centre - half) / scale
    high = 1.0 if count == n else (centre + half) / scale
    return low, high


def clustered(
    metric: Callable[[Weights], float | None],
    clusters: Sequence[str],
    *,
    people: int | None = None,
    of: str = "people",
    replicates: int = _REPLICATES,
) -> Figure:
    """`metric` of all observations, and its interval when whole clusters are drawn with replacement.

    metric: takes how often each observation was drawn (N,), gives None where such a draw cannot be judged.
    of: what the clusters are, for the words beside the interval.
    """
    n = len(clusters)
    value = metric(np.ones(n)) if n else None
    if value is None:
        return Figure(None, n, people, interval="too few observations")
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(index.max()) + 1
    if count < _FEWEST_CLUSTERS:
        return Figure(value, n, people, interval=f"none: {count} {of} are too few to resample")
    random = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(replicates):
        times = np.bincount(random.integers(0, count, count), minlength=count)
        replicate = metric(times[index].astype(np.float64))
        if replicate is not None:
            drawn.append(replicate)
    if len(drawn) < replicates // 2:
        return Figure(value, n, people, interval=f"none: most draws of {count} {of} lack a class")
    low, high = np.percentile(drawn, [2.5, 97.5])
    how = f"bootstrap over {count} {of}, 95 %"
    return Figure(value, n, people, float(low), float(high), how)


def clustered_mean(
    values: Sequence[float] | Floats,
    clusters: Sequence[str],
    *,
    people: int | None = None,
    of: str = "people",
) -> Figure:
    """The mean of `values` over all observations."""
    array = np.asarray(values, dtype=np.float64)

    def mean(weights: Weights) -> float | None:
        total = weights.sum()
        return float((weights * array).sum() / total) if total > 0 else None

    return clustered(mean, clusters, people=people, of=of)
