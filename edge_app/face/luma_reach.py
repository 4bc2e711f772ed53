"""The part of a frame that a crop can reach, as luma: colour is given up only where somebody looks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.student_crops import Luma

_MARGIN_PX = 2  # what interpolation may read beside a pixel


@dataclass(frozen=True, slots=True)
class LumaReach:
    """A piece of a frame. Where it ends, the frame ends, or no crop reaches further."""

    luma: Luma  # (h, w), at least one pixel
    left_px: int
    top_px: int

    def moved(self, crop: FaceCrop) -> FaceCrop:
        """A crop of the frame as a crop of this piece."""
        return FaceCrop(
            crop.center_x_px - self.left_px,
            crop.center_y_px - self.top_px,
            crop.side_px,
            crop.roll_rad,
        )


def luma_of(image: NDArray[np.uint8]) -> Luma:
    """(H, W[, 3] BGR) -> (H, W)."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]


def luma_around(image: NDArray[np.uint8], crop: FaceCrop) -> LumaReach:
    """image: (H, W[, 3] BGR)."""
    turned = abs(math.cos(crop.roll_rad)) + abs(math.sin(crop.roll_rad))
    reach_px = crop.side_px / 2 * turned + _MARGIN_PX
    left, right = _span(crop.center_x_px, reach_px, image.shape[1])
    top, bottom = _span(crop.center_y_px, reach_px, image.shape[0])
    return LumaReach(luma_of(image[top:bottom, left:right]), left, top)


def _span(center_px: float, reach_px: float, size_px: int) -> tuple[int, int]:
    """First pixel and the one after the last, inside the frame; its nearest pixel where nothing is inside."""
    first = max(0, min(size_px - 1, math.floor(center_px - reach_px)))
    last = max(first, min(size_px - 1, math.ceil(center_px + reach_px)))
    return first, last + 1
