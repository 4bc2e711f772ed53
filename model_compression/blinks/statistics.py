"""Simple statistics of a sequence of blinks: what trees look at, and what a network has to be better than."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_compression.blinks.sequences import BlinkSequences

Floats = NDArray[np.float64]

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def simple_statistics(
    sequences: BlinkSequences, *, frequency: bool = False, absolute: bool = False
) -> Floats:
    """(N, features): of asinh of each feature its mean, deviation, quantiles and trend over the blinks that are there.

    frequency: with it; absolute: of absolute values, which tell how unlike the reference blinks are and no more.
    """
    values = sequences.rows[:, :, :3].astype(np.float64)
    if frequency:
        values = np.concatenate([sequences.frequency[:, :, None], values], axis=2)
    values = np.arcsinh(np.abs(values) if absolute else values)
    there = sequences.rows[:, :, 3] > 0
    return np.array([_of(own[seen]) for own, seen in zip(values, there, strict=True)])


def _of(blinks: Floats) -> Floats:
    """blinks: (n, features), n of at least 1."""
    if not len(blinks):
        return np.zeros(blinks.shape[1] * (len(_QUANTILES) + 3))
    mean = blinks.mean(axis=0)
    time = np.linspace(-1.0, 1.0, len(blinks)) if len(blinks) > 1 else np.zeros(1)
    trend = (time[:, None] * (blinks - mean)).sum(axis=0) / max(float((time * time).sum()), 1e-9)
    quantiles = np.quantile(blinks, _QUANTILES, axis=0).reshape(-1)
    return np.concatenate([mean, blinks.std(axis=0), quantiles, trend])
