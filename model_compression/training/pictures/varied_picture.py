"""A picture cut, mirrored and lit a little differently, and brought to the size a network takes."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge_app.settings_model import SettingsModel

Picture = NDArray[np.uint8]  # (H, W, C)

_LEVELS = np.arange(256, dtype=np.float32)


class PictureAugmentation(SettingsModel):
    """`augmentation` of pictures."""

    mirror: float = Field(0.5, ge=0, le=1, description="Chance of a mirrored picture.")
    smallest_area: float = Field(
        0.7, gt=0, le=1, description="Smallest cut, share of the picture's area."
    )
    largest_aspect: float = Field(
        1.15, ge=1, le=4, description="Largest height over width of a cut, and width over height."
    )
    light: float = Field(0.5, ge=0, description="Strength of brightness, contrast and gamma.")
    colourless: float = Field(
        0.0, ge=0, le=1, description="Chance that a colour picture is shown in grey, as at night."
    )


def resized(picture: Picture, side_px: int) -> Picture:
    """(side_px, side_px, C): as it is, at another size."""
    height, width, channels = picture.shape
    if height == width == side_px:
        return picture
    way = cv2.INTER_AREA if side_px < min(height, width) else cv2.INTER_LINEAR
    small = cv2.resize(picture, (side_px, side_px), interpolation=way)
    return np.asarray(small, dtype=np.uint8).reshape(side_px, side_px, channels)


def varied_picture(
    picture: Picture, side_px: int, rng: np.random.Generator, settings: PictureAugmentation
) -> Picture:
    """(side_px, side_px, C)"""
    varied = resized(_cut(picture, rng, settings), side_px)
    if rng.random() < settings.mirror:
        varied = varied[:, ::-1]
    if settings.light:
        varied = _curve(rng, settings.light)[varied]
    if varied.shape[2] == 3 and rng.random() < settings.colourless:
        grey = cv2.cvtColor(np.ascontiguousarray(varied), cv2.COLOR_RGB2GRAY)
        varied = np.repeat(np.asarray(grey, dtype=np.uint8)[..., np.newaxis], 3, axis=2)
    return varied


def _cut(picture: Picture, rng: np.random.Generator, settings: PictureAugmentation) -> Picture:
    """A part of the picture, its corners anywhere (Szegedy et al. 2015, the crop of Inception)."""
    height, width, _ = picture.shape
    area = rng.uniform(settings.smallest_area, 1.0)
    turned = math.log(settings.largest_aspect)
    aspect = math.exp(rng.uniform(-turned, turned))
    tall = min(height, max(1, round(height * math.sqrt(area * aspect))))
    wide = min(width, max(1, round(width * math.sqrt(area / aspect))))
    top, left = (int(rng.integers(room + 1)) for room in (height - tall, width - wide))
    return picture[top : top + tall, left : left + wide]


def _curve(rng: np.random.Generator, strength: float) -> NDArray[np.uint8]:
    """(256,) brightness, contrast and gamma."""
    gamma = math.exp(rng.normal(0, 0.2 * strength))
    contrast = math.exp(rng.normal(0, 0.2 * strength))
    offset = rng.normal(0, 12 * strength)
    curve = 255 * (_LEVELS / 255) ** np.float32(gamma)
    curve = (curve - 128) * np.float32(contrast) + np.float32(128 + offset)
    return np.clip(curve, 0, 255).astype(np.uint8)
