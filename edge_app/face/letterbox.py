"""What the detector looks at: the whole frame, shrunk into a square. Shared by the vehicle and by training."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.student_crops import Luma, standardized

DETECTOR_SIZE_PX = 192


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a frame lies in the square: its aspect is kept, and it is centred."""

    frame_width_px: int
    frame_height_px: int
    left_px: int
    top_px: int
    width_px: int
    height_px: int

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """points: (..., 2) px of the square -> frame px."""
        return (points - self._origin()) / self._scale()

    def to_square(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """points: (..., 2) frame px -> px of the square."""
        return points * self._scale() + self._origin()

    def _origin(self) -> NDArray[np.float32]:
        return np.array([self.left_px, self.top_px], dtype=np.float32)

    def _scale(self) -> NDArray[np.float32]:
        x = self.width_px / self.frame_width_px
        y = self.height_px / self.frame_height_px
        return np.array([x, y], dtype=np.float32)


def letterbox_of(
    frame_width_px: int, frame_height_px: int, size_px: int = DETECTOR_SIZE_PX
) -> Letterbox:
    scale = size_px / max(frame_width_px, frame_height_px)
    width_px = max(1, round(frame_width_px * scale))
    height_px = max(1, round(frame_height_px * scale))
    left_px, top_px = (size_px - width_px) // 2, (size_px - height_px) // 2
    return Letterbox(frame_width_px, frame_height_px, left_px, top_px, width_px, height_px)


def letterboxed(luma: Luma, box: Letterbox, out: NDArray[np.float32]) -> None:
    """luma: (H, W). Fills `out` (size, size): the standardized frame, and 0, which is its mean, around it."""
    small = cv2.resize(luma, (box.width_px, box.height_px), interpolation=cv2.INTER_AREA)
    out.fill(0.0)
    out[box.top_px : box.top_px + box.height_px, box.left_px : box.left_px + box.width_px] = (
        standardized(small)  # type: ignore[arg-type]
    )
