"""The rotated square that is cut from a frame around a face, and the way back.

Shared by perception in the vehicle and by training, so that both see the same geometry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_MARGIN_PX = 2  # what interpolation may read beside a pixel


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A rotated square in frame pixels."""

    center_x_px: float
    center_y_px: float
    side_px: float
    roll_rad: float  # clockwise in the picture; 0 = the face is upright

    def frame_to_crop(self, crop_size_px: int) -> NDArray[np.float32]:
        """Affine matrix (2, 3) from frame pixels to pixels of a `crop_size_px` square."""
        scale = crop_size_px / self.side_px
        cos, sin = math.cos(self.roll_rad) * scale, math.sin(self.roll_rad) * scale
        half = crop_size_px / 2.0
        return np.array(
            [
                [cos, sin, half - cos * self.center_x_px - sin * self.center_y_px],
                [-sin, cos, half + sin * self.center_x_px - cos * self.center_y_px],
            ],
            dtype=np.float32,
        )

    def cut(self, image: NDArray[np.uint8], crop_size_px: int) -> NDArray[np.uint8]:
        """Cut the square out of `image` (H, W[, C]) -> (crop_size_px, crop_size_px[, C]); outside is black."""
        matrix = self.frame_to_crop(crop_size_px)
        if image.ndim == 2:
            return _warped(image, matrix, crop_size_px)
        # OpenCV warps four channels twice as fast as three; only what the square can reach is given a fourth.
        reach_px = self.side_px / 2 * (abs(math.cos(self.roll_rad)) + abs(math.sin(self.roll_rad)))
        left = max(0, int(self.center_x_px - reach_px) - _MARGIN_PX)
        top = max(0, int(self.center_y_px - reach_px) - _MARGIN_PX)
        right = max(0, int(self.center_x_px + reach_px) + _MARGIN_PX)
        bottom = max(0, int(self.center_y_px + reach_px) + _MARGIN_PX)
        under = image[top:bottom, left:right]
        if under.size == 0:
            return np.zeros((crop_size_px, crop_size_px, 3), dtype=np.uint8)
        matrix[:, 2] += matrix[:, :2] @ (left, top)
        four = _warped(cv2.cvtColor(under, cv2.COLOR_BGR2BGRA), matrix, crop_size_px)  # type: ignore[arg-type]
        return cv2.cvtColor(four, cv2.COLOR_BGRA2BGR)  # type: ignore[return-value]

    def points_to_frame(
        self, points: NDArray[np.float32], crop_size_px: int
    ) -> NDArray[np.float32]:
        """Points (N, 2 or 3) in crop pixels -> frame pixels; a third column (depth) is scaled alike."""
        scale = self.side_px / crop_size_px
        cos, sin = math.cos(self.roll_rad) * scale, math.sin(self.roll_rad) * scale
        x = points[:, 0] - crop_size_px / 2.0
        y = points[:, 1] - crop_size_px / 2.0
        out = points * np.float32(scale)
        out[:, 0] = cos * x - sin * y + self.center_x_px
        out[:, 1] = sin * x + cos * y + self.center_y_px
        return out


def _warped(
    image: NDArray[np.uint8], matrix: NDArray[np.float32], crop_size_px: int
) -> NDArray[np.uint8]:
    size = (crop_size_px, crop_size_px)
    return cv2.warpAffine(  # type: ignore[return-value]
        image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
