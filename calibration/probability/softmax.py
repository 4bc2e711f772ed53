"""Logits and probabilities of one of several classes, and the refusal of what is neither."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Classes = NDArray[np.int64]


def softmax(logits: NDArray[np.floating[Any]], temperature: float = 1.0) -> Floats:
    """(N, K) -> (N, K)"""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: Floats = raised / raised.sum(axis=1, keepdims=True)
    return probabilities


def checked_answers(
    answers: NDArray[np.floating[Any]], truth: NDArray[np.integer[Any]]
) -> tuple[Floats, Classes]:
    """answers: (N, K) logits or probabilities; truth: (N,) class numbers. Raises `ValueError` where they do not fit."""
    values = np.asarray(answers, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(f"answers of shape {values.shape}, where (N, classes) is needed")
    if not len(values):
        raise ValueError("there is no answer to calibrate with")
    if not np.isfinite(values).all():
        raise ValueError("an answer is not a number")
    if truth.shape != (len(values),):
        raise ValueError(f"{len(values)} answers and {len(truth)} truths")
    if not np.issubdtype(truth.dtype, np.integer):
        raise ValueError(f"classes are true by number, not by {truth.dtype}")
    if truth.min() < 0 or truth.max() >= values.shape[1]:
        raise ValueError(f"a true class is none of the {values.shape[1]}")
    return values, truth.astype(np.int64)
