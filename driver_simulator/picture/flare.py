"""The sun in the lens: a veil around it, and ghosts on the line through the picture's middle."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from driver_simulator.picture.layer import Picture
from driver_simulator.picture.light import Light
from driver_simulator.picture.solids import Array, vector

_LEAST = 0.02
_STEP_PX = 8
_TINT = (0.8, 0.95, 1.0)
_GHOSTS = ((-0.35, 0.05, 0.16), (-0.7, 0.09, 0.1), (0.45, 0.03, 0.2))
"""Place on the line (1: at the sun, 0: the middle), radius and strength, in shares of the picture's width."""


def add_flare(frame: Picture, light: Light) -> None:
    """In place."""
    if light.flare < _LEAST:
        return
    height, width = frame.shape[:2]
    # The sun moves slowly: a hundredth of the picture is fine enough to draw it anew.
    veil = _veil(width, height, round(100 * light.flare_at[0]), round(100 * light.flare_at[1]))
    strength = 255.0 * light.flare
    small = np.clip(veil[..., None] * (strength * vector(*_TINT)), 0, 255).astype(np.uint8)
    if frame.ndim == 2:
        small = small[..., 1].copy()
    full = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.add(frame, full, dst=frame)


@lru_cache(maxsize=64)
def _veil(width: int, height: int, across_percent: int, down_percent: int) -> Array:
    columns = (np.arange(-(-width // _STEP_PX), dtype=np.float32) + 0.5) * _STEP_PX / width
    rows = (np.arange(-(-height // _STEP_PX), dtype=np.float32)[:, None] + 0.5) * _STEP_PX / width
    middle = vector(0.5, 0.5 * height / width)
    sun = vector(across_percent / 100, down_percent / 100 * height / width)
    away = np.hypot(columns - sun[0], rows - sun[1])
    angle = np.arctan2(rows - sun[1], columns - sun[0])
    rays = 1 + 0.25 * np.cos(9 * angle) * np.exp(-3 * away)
    veil = 0.75 * np.exp(-6.0 * away) * rays + 0.14 * np.exp(-1.2 * away)
    for share, radius, strength in _GHOSTS:
        centre = middle + share * (sun - middle)
        disc = np.hypot(columns - centre[0], rows - centre[1]) / radius
        veil = veil + strength * np.clip((1.0 - disc) * 6, 0, 1) * (0.4 + 0.6 * np.clip(disc, 0, 1))
    return np.asarray(veil, dtype=np.float32)
