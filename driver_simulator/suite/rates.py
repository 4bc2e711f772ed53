"""How sure a rate or a rank correlation is: exact bounds for rare events, ranks with ties."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_STEPS = 200


def upper_bound_per_h(count: int, hours: float, *, confidence: float = 0.95) -> float:
    """One-sided upper bound of a Poisson rate after `count` events in `hours` (Garwood 1936).

    The rate at which so few events would come with a chance of no more than 1 - confidence.
    """
    if hours <= 0:
        raise ValueError("hours must be above 0")
    low, high = 0.0, 10.0 * (count + 10.0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(count, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high / hours


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rho, ties at their mean rank; NaN where one of both does not vary."""
    a, b = _ranks(first), _ranks(second)
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 0 else math.nan


def _at_most(count: int, mean: float) -> float:
    """Chance of no more than `count` events where `mean` are due."""
    term, total = math.exp(-mean), 0.0
    for k in range(count + 1):
        total += term
        term *= mean / (k + 1)
    return total


def _ranks(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    array = np.asarray(values, dtype=np.float64)
    _, place, counts = np.unique(array, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_ranks: np.ndarray[tuple[int], np.dtype[np.float64]] = (ends - (counts - 1) / 2.0)[place]
    return mean_ranks
