"""How good stated probabilities are: proper scores (log loss, Brier) and the expected calibration error.

Every figure takes how often each observation counts (N,), so that people can be drawn with replacement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.probability.softmax import Classes, Floats

BINS = 15
_LEAST_PROBABILITY = 1e-12


def log_loss(probabilities: Floats, truth: Classes, weights: Floats | None = None) -> float | None:
    """Mean of -log of the true class's probability. probabilities: (N, K); truth: (N,). None where nothing weighs."""
    right = probabilities[np.arange(len(truth)), truth].clip(_LEAST_PROBABILITY)
    return _mean(-np.log(right), weights)


def brier_score(
    probabilities: Floats, truth: Classes, weights: Floats | None = None
) -> float | None:
    """Squared distance from the truth, summed over the classes: 0 to 2. Brier 1950."""
    apart = np.array(probabilities, dtype=np.float64)
    apart[np.arange(len(truth)), truth] -= 1.0
    return _mean((apart**2).sum(axis=1), weights)


def calibration_error(
    confidence: Floats,
    right: NDArray[np.bool_],
    bins: NDArray[np.int64],
    weights: Floats | None = None,
) -> float | None:
    """ECE: mean over bins of |accuracy - confidence|, each weighted by what it holds. Guo et al. 2017.

    confidence, right, bins: (N,), bins from 0. Chance alone keeps it above 0, the more so the fewer a bin holds.
    With bins of equal mass it is the adaptive error of Nixon et al. 2019.
    """
    weight = np.ones(len(right)) if weights is None else weights
    total = float(weight.sum())
    if total == 0:
        return None
    return float(np.abs(np.bincount(bins, weight * (right - confidence))).sum() / total)


def error_by_chance(
    confidence: Floats, bins: NDArray[np.int64], rng: np.random.Generator, draws: int = 200
) -> float:
    """The error that so many answers show on average where every confidence is exactly how often it is right."""
    drawn = [
        calibration_error(confidence, rng.random(len(confidence)) < confidence, bins)
        for _ in range(draws)
    ]
    return float(np.mean([error for error in drawn if error is not None]))


def equal_width_bins(confidence: Floats, count: int = BINS) -> NDArray[np.int64]:
    """The number of each one's bin; bin m holds (m / count, (m + 1) / count]."""
    numbers = np.ceil(np.asarray(confidence) * count).astype(np.int64) - 1
    return np.asarray(np.clip(numbers, 0, count - 1), dtype=np.int64)


def equal_mass_bins(confidence: Floats, count: int = BINS) -> NDArray[np.int64]:
    """Bins that hold about as many each; equal confidences stay together."""
    edges = np.quantile(confidence, np.linspace(0, 1, count + 1)[1:-1])
    return np.asarray(np.searchsorted(edges, confidence, side="left"), dtype=np.int64)


def _mean(values: Floats, weights: Floats | None) -> float | None:
    if weights is None:
        return float(values.mean()) if len(values) else None
    total = float(weights.sum())
    return float((weights * values).sum() / total) if total > 0 else None
