"""The interval of a share whose observations depend on one another: frames of one clip, parts of one person.

Wilson's interval of as many independent observations as would leave the share just as uncertain.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_Z_95 = 1.959964
_FEWEST_WITH_BOTH = (
    3  # sources with the rarer answer; of fewer nobody can say how alike a source's answers are
)


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % score interval of a share of n independent observations. Wilson 1927."""
    centre = share + _Z_95**2 / (2 * n)
    half = _Z_95 * math.sqrt(share * (1 - share) / n + _Z_95**2 / (4 * n * n))
    scale = 1 + _Z_95**2 / n
    # At 0 and 1 the bound is exactly that; rounding must not say otherwise.
    low = 0.0 if share == 0 else (centre - half) / scale
    high = 1.0 if share == 1 else (centre + half) / scale
    return low, high


def effective_count(hits: NDArray[np.bool_], source: NDArray[np.int64]) -> float:
    """How many independent observations say as much as these; at most all of them.

    hits: (N,); source: (N,) number of each observation's source, from 0. The design effect is the variance of the
    share between sources over that of independent observations (Kish 1965), and few sources widen the interval as
    Student's distribution does (Korn and Graubard 1998). Where all sources but one or two answer alike throughout,
    each source counts as one observation.
    """
    sizes = np.bincount(source).astype(np.float64)
    right = np.bincount(source, hits)
    n, count = len(hits), len(sizes)
    if n == count:
        return float(n)
    if min(np.count_nonzero(right), np.count_nonzero(right < sizes)) < _FEWEST_WITH_BOTH:
        return float(count)
    share = float(right.sum()) / n
    between = count / (count - 1) * float(((right - share * sizes) ** 2).sum()) / n**2
    design_effect = between / (share * (1 - share) / n)
    if design_effect <= 1:
        return float(n)
    few = (_Z_95 / _student_95(count - 1)) ** 2
    return max(1.0, few * n / design_effect)


def _student_95(freedom: int) -> float:
    """The 97.5 % point of Student's distribution. Abramowitz and Stegun 26.7.5; 0.3 % off at 4."""
    z, v = _Z_95, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
