"""Noise that was drawn once: drawing new numbers for every picture would cost more than everything else together.

A random window of a bank of 512 x 512 is as good as new for a picture of that size or less.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SIDE = 512
_GRAINS = (1, 3, 10)


def texture(rng: np.random.Generator, height: int, width: int, grain_px: float) -> Floats:
    """(height, width) noise of deviation 1 whose spots are about `grain_px` wide; may be a view, so do not write."""
    grain_px = max(grain_px, 1.0)
    stored = min(_GRAINS, key=lambda grain: abs(np.log(grain_px / grain)))
    scale = grain_px / stored
    if scale == 1:
        return _window(rng, stored, height, width)
    patch = _window(rng, stored, int(height / scale) + 2, int(width / scale) + 2)
    return cv2.resize(patch, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _window(rng: np.random.Generator, grain_px: int, rows: int, columns: int) -> Floats:
    bank = noise_bank(grain_px)
    top, left = (int(at) for at in rng.integers(0, _SIDE, 2))
    # The bank is stored twice along both axes, so that most windows are views.
    if rows <= _SIDE and columns <= _SIDE:
        return bank[top : top + rows, left : left + columns]
    down = np.arange(top, top + rows) % _SIDE
    across = np.arange(left, left + columns) % _SIDE
    return bank[np.ix_(down, across)]


@cache
def noise_bank(grain_px: int) -> Floats:
    """(1024, 1024): 512 x 512 of deviation 1 that repeats; grain_px: 1, 3 or 10."""
    noise = np.random.default_rng(grain_px).standard_normal((_SIDE, _SIDE), dtype=np.float32)
    if grain_px > 1:
        pad = 4 * grain_px
        padded = np.pad(noise, pad, mode="wrap")
        noise = cv2.GaussianBlur(padded, (0, 0), grain_px / 2)[pad:-pad, pad:-pad]  # type: ignore[assignment]
        noise = (noise - noise.mean()) / noise.std()
    return np.tile(noise, (2, 2)).astype(np.float32)
