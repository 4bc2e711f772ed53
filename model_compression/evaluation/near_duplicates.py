"""Which pictures of a set are almost the same, where nobody says who is on them: they count as one person's.

Frames of one recording share their background. Pictures whose thumbnails correlate by more than a threshold are
linked, and what is linked is one cluster, so that a bootstrap draws recordings rather than frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Sources

Thumbnail = NDArray[np.float32]  # (768,), mean 0 and length 1

LINKING_CORRELATION = 0.9
_WIDTH_PX, _HEIGHT_PX = 32, 24
NEAR_DUPLICATES = Sources("near-duplicate cluster", "near-duplicate clusters")


def thumbnail(image: NDArray[np.uint8]) -> Thumbnail:
    """image: (H, W[, 3])."""
    luma = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(luma, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_AREA)
    flat = small.astype(np.float32).ravel()
    flat -= flat.mean()
    return flat / max(float(np.linalg.norm(flat)), 1e-6)


def clusters_of(thumbnails: Sequence[Thumbnail]) -> list[str]:
    """A cluster's name for each picture (single linkage)."""
    if not thumbnails:
        return []
    stack = np.stack(thumbnails)
    cluster = np.full(len(stack), -1)
    for first in range(len(stack)):
        if cluster[first] >= 0:
            continue
        cluster[first] = first
        edge = np.array([first])
        while len(edge):
            linked = (stack[edge] @ stack.T > LINKING_CORRELATION).any(axis=0) & (cluster < 0)
            edge = np.flatnonzero(linked)
            cluster[edge] = first
    return [str(number) for number in cluster]
