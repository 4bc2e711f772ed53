"""One person's head, cut out of a photograph: what a driver is drawn from.

The canvas has a fixed scale and the eyes a fixed place, so that what is worn can be drawn for any portrait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX = 448, 576
EYES_MIDDLE_PX = (224.0, 240.0)
"""x, y of the middle between the eyes' middles (an eye's middle: between its two corners)."""
EYE_DISTANCE_PX = 96.0
"""Between the two eyes' middles, once the head's own turn is taken off."""
EYE_DISTANCE_M = 0.063
"""The mean of adults (Dodgson 2004, Variation and extrema of human interpupillary distance)."""
PX_PER_M = EYE_DISTANCE_PX / EYE_DISTANCE_M

PIVOT_BELOW_EYES_M, PIVOT_BEHIND_EYES_M = 0.045, 0.085
"""What a head turns about, between and below the ears: the top of the spine."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face with open eyes and shut mouth, upright; H, W are the canvas's height and width."""

    name: str
    texture: NDArray[np.uint8]  # (H, W, 3) BGR as photographed
    alpha: NDArray[np.float32]  # (H, W) 0..1, head with hair; fades out over the neck
    points: NDArray[np.float32]  # (146, 2) px of the canvas, rows of `landmark_layout`
    skin_bgr: NDArray[np.float32]  # (3,) of cheeks and forehead
    rotation: NDArray[np.float64]  # (3, 3), how the photographed head was turned (without roll)
    seen: NDArray[np.bool_]  # (H, W), False where the canvas reaches beyond the photograph
