"""Crops as the vehicle makes them: the tracker's is a little off, the detector's is further off."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge_app.face.crop import FaceCrop


@dataclass(frozen=True, slots=True)
class CropJitter:
    """Deviations after the tracker, largest errors after the detector. Shares are of the crop's side."""

    large: float = 0.2  # chance of a crop as the detector makes it
    small_shift: float = 0.025
    small_scale: float = 0.04
    small_roll_rad: float = math.radians(3)
    large_shift: float = 0.10
    large_scale: float = 0.18
    large_roll_rad: float = math.radians(15)


TRACKED_AND_DETECTED = CropJitter()


def jittered(
    crop: FaceCrop, rng: np.random.Generator, settings: CropJitter = TRACKED_AND_DETECTED
) -> FaceCrop:
    if rng.random() < settings.large:
        shift = rng.uniform(-settings.large_shift, settings.large_shift, 2)
        scale = math.exp(rng.uniform(-1, 1) * math.log1p(settings.large_scale))
        roll = rng.uniform(-settings.large_roll_rad, settings.large_roll_rad)
    else:
        shift = rng.normal(0, settings.small_shift, 2)
        scale = math.exp(rng.normal(0, settings.small_scale))
        roll = rng.normal(0, settings.small_roll_rad)
    return FaceCrop(
        crop.center_x_px + float(shift[0]) * crop.side_px,
        crop.center_y_px + float(shift[1]) * crop.side_px,
        crop.side_px * scale,
        crop.roll_rad + float(roll),
    )
