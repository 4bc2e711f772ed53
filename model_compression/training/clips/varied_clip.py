"""A clip moved, mirrored, lit and partly erased, all its frames alike, and brought to the size a network takes."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge_app.settings_model import SettingsModel

Frames = NDArray[np.uint8]  # (T, H, W, C)

OUTSIDE = 128  # the grey that prepared clips have outside the face
_LEVELS = np.arange(256, dtype=np.float32)


class ClipAugmentation(SettingsModel):
    """`augmentation` of clips."""

    mirror: float = Field(0.5, ge=0, le=1, description="Chance of a mirrored clip.")
    rotation_deg: float = Field(8.0, ge=0, le=90, description="Largest turn.")
    shift: float = Field(0.06, ge=0, le=0.5, description="Largest shift, share of the side.")
    smallest_scale: float = Field(0.9, gt=0, le=1, description="Smallest face, of its own size.")
    largest_scale: float = Field(1.12, ge=1, description="Largest face, of its own size.")
    light: float = Field(1.0, ge=0, description="Strength of brightness, contrast and gamma.")
    colourless: float = Field(
        0.2, ge=0, le=1, description="Chance that a colour clip is shown in grey, as at night."
    )
    erase: float = Field(0.2, ge=0, le=1, description="Chance of a patch erased.")
    erased_area: float = Field(0.2, ge=0, lt=1, description="Its largest share of the picture.")


NOTHING = ClipAugmentation(
    mirror=0,
    rotation_deg=0,
    shift=0,
    smallest_scale=1,
    largest_scale=1,
    light=0,
    colourless=0,
    erase=0,
)


def resized(frames: Frames, side_px: int) -> Frames:
    """As it is, at another size."""
    if frames.shape[1] == frames.shape[2] == side_px:
        return frames
    way = cv2.INTER_AREA if side_px < frames.shape[1] else cv2.INTER_LINEAR
    small = [cv2.resize(frame, (side_px, side_px), interpolation=way) for frame in frames]
    return np.stack(small).reshape(len(frames), side_px, side_px, frames.shape[3])


def varied_clip(
    frames: Frames, side_px: int, rng: np.random.Generator, settings: ClipAugmentation
) -> Frames:
    """(T, side_px, side_px, C)"""
    frames = _moved(frames, side_px, rng, settings)
    if settings.light:
        frames = _curve(rng, settings.light)[frames]
    if frames.shape[3] == 3 and rng.random() < settings.colourless:
        grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
        frames = np.repeat(grey[..., np.newaxis], 3, axis=3)
    if rng.random() < settings.erase:
        _erase(frames, rng, settings.erased_area)
    return frames


def _moved(
    frames: Frames, side_px: int, rng: np.random.Generator, settings: ClipAugmentation
) -> Frames:
    low, high = math.log(settings.smallest_scale), math.log(settings.largest_scale)
    own_px = frames.shape[1]
    scale = math.exp(rng.uniform(low, high)) * side_px / own_px
    turn = float(rng.uniform(-settings.rotation_deg, settings.rotation_deg))
    middle = (own_px - 1) / 2
    place = np.asarray(cv2.getRotationMatrix2D((middle, middle), turn, scale), dtype=np.float64)
    place[:, 2] += (side_px - own_px) / 2 + rng.uniform(-1, 1, 2) * settings.shift * side_px
    if rng.random() < settings.mirror:
        place = np.array([[-1.0, 0, side_px - 1], [0, 1, 0]]) @ np.vstack([place, [0, 0, 1]])
    if scale < 0.75:  # one pixel of four would be looked at where the clip is much larger
        frames = resized(frames, side_px)
        shrunk = side_px / own_px
        place[:, :2] /= shrunk
        place[:, 2] += place[:, :2] @ np.full(2, (1 - shrunk) / 2)
    moved = [
        cv2.warpAffine(frame, place, (side_px, side_px), borderValue=(OUTSIDE,) * 3)
        for frame in frames
    ]
    return np.stack(moved).reshape(len(frames), side_px, side_px, -1).astype(np.uint8, copy=False)


def _curve(rng: np.random.Generator, strength: float) -> NDArray[np.uint8]:
    """(256,) brightness, contrast and gamma."""
    gamma = math.exp(rng.normal(0, 0.2 * strength))
    contrast = math.exp(rng.normal(0, 0.2 * strength))
    offset = rng.normal(0, 12 * strength)
    curve = 255 * (_LEVELS / 255) ** np.float32(gamma)
    curve = (curve - 128) * np.float32(contrast) + np.float32(128 + offset)
    return np.clip(curve, 0, 255).astype(np.uint8)


def _erase(frames: Frames, rng: np.random.Generator, largest_area: float) -> None:
    """A rectangle of one grey at one place of all frames (Zhong et al. 2020), in place."""
    side = frames.shape[1]
    area = rng.uniform(0.02, max(largest_area, 0.02)) * side * side
    aspect = math.exp(rng.uniform(-1, 1))
    height = min(side, max(1, round(math.sqrt(area * aspect))))
    width = min(side, max(1, round(math.sqrt(area / aspect))))
    top, left = (int(rng.integers(side - extent + 1)) for extent in (height, width))
    frames[:, top : top + height, left : left + width] = int(rng.integers(256))
