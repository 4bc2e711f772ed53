"""Pixels that are not known, filled smoothly from those around them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def grown_in(canvas: Floats, known: NDArray[np.bool_]) -> Floats:
    """Unknown pixels from their known neighbours, over ever coarser grids (Gortler et al. 1996, pull-push)."""
    weight = known.astype(np.float32)
    levels = [(canvas * weight[..., None], weight)]
    while min(levels[-1][1].shape) > 4:
        colour, share = levels[-1]
        size = ((share.shape[1] + 1) // 2, (share.shape[0] + 1) // 2)
        smaller = cv2.resize(np.dstack([colour, share]), size, interpolation=cv2.INTER_AREA)
        grown = np.minimum(1.0, smaller[..., 3] * 4)
        factor = grown / np.maximum(smaller[..., 3], 1e-6)
        levels.append((smaller[..., :3] * factor[..., None], grown))
    colour, share = levels[-1]
    below = colour / np.maximum(share[..., None], 1e-6)
    below = np.where(share[..., None] > 0, below, below[share > 0].mean(axis=0))
    for colour, share in reversed(levels[:-1]):
        larger = cv2.resize(below, share.shape[::-1], interpolation=cv2.INTER_LINEAR)
        below = colour + larger * (1 - share[..., None])
    return np.asarray(below, dtype=np.float32)
