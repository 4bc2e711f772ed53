"""How sure a share or a rate is: exact intervals where trials are independent, resampled people where they are not.

Everything here is two-sided unless its name says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

_STEPS = 100
_RESAMPLES = 4000
_LEAST_PEOPLE = 5  # with fewer, resampling shows hardly any of the spread there is
_SEED = 20211341  # the same records give the same report


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`."""

    low: float
    high: float


def clopper_pearson(hits: int, trials: int, *, confidence: float = 0.95) -> Interval | None:
    """Exact interval of a share where each trial stands for itself (Clopper and Pearson 1934); None without a trial."""
    if trials == 0:
        return None
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _root(lambda p: 1 - _at_most(hits - 1, trials, p) < tail)
    high = 1.0 if hits == trials else _root(lambda p: _at_most(hits, trials, p) > tail)
    return Interval(low, high)


def poisson_rate(count: int, hours: float, *, confidence: float = 0.95) -> Interval | None:
    """Exact interval of a rate per hour (Garwood 1936); None without an hour."""
    if hours <= 0:
        return None
    tail = (1 - confidence) / 2
    most = 10.0 * (count + 10.0)
    low = 0.0 if count == 0 else _root(lambda m: 1 - _events(count - 1, m) < tail, most)
    return Interval(low / hours, _root(lambda m: _events(count, m) > tail, most) / hours)


def clustered_share(
    people: Sequence[tuple[int, int]], *, confidence: float = 0.95
) -> Interval | None:
    """Interval of a share when people are drawn, not trials (cluster bootstrap, Field and Welsh 2007).

    people: (hits, trials) of each. Where all have the same share, resampling shows no spread: then it is the exact
    interval, of so many people where everybody has all or nobody has any, else of the trials. None with fewer than
    five people.
    """
    counts = np.array([pair for pair in people if pair[1] > 0], dtype=np.float64).reshape(-1, 2)
    if len(counts) < _LEAST_PEOPLE:
        return None
    hits, trials = counts[:, 0], counts[:, 1]
    if hits.sum() in (0, trials.sum()):
        return clopper_pearson(
            0 if hits.sum() == 0 else len(counts), len(counts), confidence=confidence
        )
    if np.ptp(hits / trials) == 0:
        return clopper_pearson(int(hits.sum()), int(trials.sum()), confidence=confidence)
    drawn = np.random.default_rng(_SEED).integers(0, len(counts), (_RESAMPLES, len(counts)))
    shares = hits[drawn].sum(axis=1) / trials[drawn].sum(axis=1)
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(shares, [tail, 100 - tail])
    return Interval(float(low), float(high))


def _root(still_below: Callable[[float], bool], most: float = 1.0) -> float:
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if still_below(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(hits: int, trials: int, chance: float) -> float:
    """Chance of no more than `hits` in `trials`."""
    if chance <= 0.0:
        return 1.0
    if chance >= 1.0:
        return 1.0 if hits >= trials else 0.0
    log_p, log_q = math.log(chance), math.log1p(-chance)
    whole = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + k * log_p
            + (trials - k) * log_q
        )
        for k in range(hits + 1)
    )


def _events(count: int, mean: float) -> float:
    """Chance of no more than `count` events where `mean` are due."""
    if mean <= 0.0:
        return 1.0
    return math.fsum(
        math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)
    )
