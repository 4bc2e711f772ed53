"""A part of a clip at random, brought to the size a network takes; the same part of all its frames.

Szegedy et al. 2015, as MAE and VideoMAE use it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from pydantic import Field

from edge_app.settings_model import SettingsModel
from model_compression.training.clips.varied_clip import Frames, resized

_ATTEMPTS = 10
_SQUEEZE = 4 / 3


class RandomCrop(SettingsModel):
    """How much of a clip a crop shows."""

    smallest_area: float = Field(
        1.0, gt=0, le=1, description="Smallest crop, share of the picture; 1: all of it."
    )
    mirror: float = Field(0.5, ge=0, le=1, description="Chance of a mirrored crop.")


def randomly_cropped(
    frames: Frames, side_px: int, rng: np.random.Generator, settings: RandomCrop
) -> Frames:
    """(T, side_px, side_px, C)"""
    cropped = cropped_at_random(frames, side_px, rng, settings.smallest_area)
    return cropped[:, :, ::-1] if rng.random() < settings.mirror else cropped


def cropped_at_random(
    frames: Frames, side_px: int, rng: np.random.Generator, smallest_area: float
) -> Frames:
    """(T, side_px, side_px, C): of an area from the smallest to all, squeezed by up to a third."""
    if smallest_area == 1:
        return resized(frames, side_px)
    own_px = frames.shape[1]
    for _ in range(_ATTEMPTS):
        area = rng.uniform(smallest_area, 1) * own_px * own_px
        squeeze = math.exp(rng.uniform(-math.log(_SQUEEZE), math.log(_SQUEEZE)))
        width, height = round(math.sqrt(area * squeeze)), round(math.sqrt(area / squeeze))
        if 0 < width <= own_px and 0 < height <= own_px:
            top, left = (int(rng.integers(own_px - extent + 1)) for extent in (height, width))
            return _stretched(frames[:, top : top + height, left : left + width], side_px)
    return resized(frames, side_px)


def _stretched(frames: Frames, side_px: int) -> Frames:
    shrinks = min(frames.shape[1:3]) > side_px
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    stretched = [
        cv2.resize(np.ascontiguousarray(frame), (side_px, side_px), interpolation=way)
        for frame in frames
    ]
    shape = (len(frames), side_px, side_px, frames.shape[3])
    return np.stack(stretched).reshape(shape).astype(np.uint8, copy=False)
