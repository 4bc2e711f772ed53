"""How sure a share of observations is that depend on one another: several of one person.

The exact interval (Clopper and Pearson 1934) of as many independent observations as would leave the share just as
uncertain (Korn and Graubard 1998).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_Z_95 = 1.959964
FEWEST_WITH_BOTH = (
    3  # people with the rarer answer; of fewer nobody can say how alike one's answers are
)
_HALVINGS = 60
_TERMS = 300
_TINY = 1e-300


def effective_count(hits: NDArray[np.bool_], people: Sequence[str] | NDArray[np.int64]) -> float:
    """How many independent observations say as much as these; at most all of them.

    hits: (N,); people: the person of each. Where all people but one or two answer alike throughout, each person
    counts as one observation.
    """
    if not len(hits):
        return 0.0
    names, index = np.unique(np.asarray(people), return_inverse=True)
    sizes = np.bincount(index).astype(np.float64)
    right = np.bincount(index, hits)
    n, count = len(hits), len(names)
    if n == count:
        return float(n)
    if min(np.count_nonzero(right), np.count_nonzero(right < sizes)) < FEWEST_WITH_BOTH:
        return float(count)
    share = float(right.sum()) / n
    between = count / (count - 1) * float(((right - share * sizes) ** 2).sum()) / n**2
    design_effect = between / (share * (1 - share) / n)  # Kish 1965
    if design_effect <= 1:
        return float(n)
    few = (_Z_95 / _student_95(count - 1)) ** 2
    return max(1.0, few * n / design_effect)


def exact_interval(share: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a share of `n` independent observations; `n` need not be whole."""
    tail = (1 - confidence) / 2
    return _lower(share, n, tail), upper_bound(share, n, confidence=1 - tail)


def upper_bound(share: float, n: float, *, confidence: float = 0.95) -> float:
    """One-sided: the share that is not exceeded with this confidence. 1 where nothing was observed."""
    hits = share * n
    if n <= 0 or hits >= n:
        return 1.0
    return _beta_quantile(confidence, hits + 1, n - hits)


def observations_needed(rate: float, *, confidence: float = 0.95) -> int:
    """Without a single hit in so many independent observations, the share is at most `rate` with this confidence."""
    return math.ceil(math.log(1 - confidence) / math.log1p(-rate))


def _lower(share: float, n: float, tail: float) -> float:
    hits = share * n
    if n <= 0 or hits <= 0:
        return 0.0
    return _beta_quantile(tail, hits, n - hits + 1)


def _beta_quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _incomplete_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularized one, by Lentz's continued fraction (Press et al., Numerical Recipes, sec. 6.4)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * fraction / a


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _student_95(freedom: int) -> float:
    """The 97.5 % point of Student's distribution. Abramowitz and Stegun 26.7.5; 0.3 % off at 4."""
    z, v = _Z_95, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
