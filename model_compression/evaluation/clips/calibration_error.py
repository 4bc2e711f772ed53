"""How far a network's confidence is from how often it is right: the expected calibration error.

Guo et al. 2017, "On Calibration of Modern Neural Networks": the mean over bins of |accuracy − confidence|, weighted by
how many clips each holds; confidence is the probability of the class that was said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats, Weights

BINS = 15


def calibration_error(
    confidence: Floats,
    right: NDArray[np.bool_],
    bins: NDArray[np.int64],
    weights: Weights | None = None,
) -> float | None:
    """confidence, right, bins: (N,), bins from 0. None where nothing weighs.

    Chance alone keeps it above 0, and the more so the fewer clips a bin holds.
    """
    weight = np.ones(len(right)) if weights is None else weights
    total = weight.sum()
    if total == 0:
        return None
    return float(np.abs(np.bincount(bins, weight * (right - confidence))).sum() / total)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Clips of about the same confidence."""

    number: int  # of the bin, from 0
    count: int
    confidence: float  # mean
    accuracy: float


def reliability(
    confidence: Floats, right: NDArray[np.bool_], bins: NDArray[np.int64]
) -> tuple[ReliabilityBin, ...]:
    """Of the bins that hold clips, by rising number. Arguments as of `calibration_error`."""
    return tuple(
        ReliabilityBin(
            int(number),
            int((bins == number).sum()),
            float(confidence[bins == number].mean()),
            float(right[bins == number].mean()),
        )
        for number in np.unique(bins)
    )


def equal_width_bins(confidence: Floats, count: int = BINS) -> NDArray[np.int64]:
    """The number of each one's bin; bin m holds (m / count, (m + 1) / count]."""
    return np.clip(np.ceil(confidence * count).astype(np.int64) - 1, 0, count - 1)


def equal_mass_bins(confidence: Floats, count: int = BINS) -> NDArray[np.int64]:
    """Bins that hold as many clips each; equal confidences stay together (adaptive: Nixon et al. 2019)."""
    edges = np.quantile(confidence, np.linspace(0, 1, count + 1)[1:-1])
    return np.searchsorted(edges, confidence, side="left")
