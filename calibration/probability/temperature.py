"""Temperature scaling: one number that logits are divided by, which makes the true classes the likeliest.

Guo et al. 2017, "On Calibration of Modern Neural Networks", sec. 4.2. The order of the classes stays as it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.probability.softmax import Floats, checked_answers, softmax

LEAST, MOST = 0.05, 20.0
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class TemperatureFit:
    """`at_limit`: the answers ask for more than `LEAST` or `MOST`, as where all of them are right."""

    temperature: float
    at_limit: bool


def fit_temperature(
    logits: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]]
) -> TemperatureFit:
    """logits: (N, K); truth: (N,) class numbers. Raises `ValueError` for what cannot be calibrated with.

    The negative log-likelihood is convex in 1 / T, so that its slope changes sign once: that place is halved towards.
    """
    values, classes = checked_answers(logits, truth)
    right = values[np.arange(len(values)), classes]

    def slope(sharpness: float) -> float:
        """Of the mean negative log-likelihood over 1 / T."""
        expected: Floats = (softmax(values, 1 / sharpness) * values).sum(axis=1)
        return float((expected - right).mean())

    low, high = math.log(1 / MOST), math.log(1 / LEAST)
    if not np.ptp(values, axis=1).any():
        return TemperatureFit(
            1.0, at_limit=True
        )  # no logit says anything: any temperature is as good
    if slope(math.exp(low)) >= 0:
        return TemperatureFit(MOST, at_limit=True)
    if slope(math.exp(high)) <= 0:
        return TemperatureFit(LEAST, at_limit=True)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if slope(math.exp(middle)) < 0:
            low = middle
        else:
            high = middle
    return TemperatureFit(math.exp(-(low + high) / 2), at_limit=False)


def fit_binary_temperature(
    logits: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]]
) -> TemperatureFit:
    """logits: (N,) of yes; truth: (N,) 0 or 1."""
    yes = np.asarray(logits, dtype=np.float64)
    if yes.ndim != 1:
        raise ValueError(f"logits of shape {yes.shape}, where (N,) is needed")
    return fit_temperature(np.column_stack([np.zeros_like(yes), yes]), truth)
