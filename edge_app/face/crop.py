"""The rotated square that is cut from a frame around a face, and the way back.

Shared by perception in the vehicle and by training, so that both see the same geometry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


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
        cut = cv2.warpAffine(
            image,
            self.frame_to_crop(crop_size_px),
            (crop_size_px, crop_size_px),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        return cut  # type: ignore[return-value]

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
