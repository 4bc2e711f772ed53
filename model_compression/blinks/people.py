"""Who and which recording each sequence of a fold belongs to. The set does not say; its order does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def people_of(labels: NDArray[np.floating]) -> Ids:
    """(N,) -> (N,): a person's recordings follow each other from alert to drowsy, so a label that falls is another
    person."""
    begins = np.diff(labels, prepend=labels[:1]) < 0
    return np.cumsum(begins, dtype=np.int64)


def recordings_of(labels: NDArray[np.floating]) -> Ids:
    """(N,) -> (N,): one recording for each person and label."""
    begins = np.diff(labels, prepend=labels[:1]) != 0
    return np.cumsum(begins, dtype=np.int64)
