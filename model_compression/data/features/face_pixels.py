"""Faces as the numbers that a network takes: cut from their pictures, scaled, normalised as its pictures were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.luma_reach import luma_of
from model_compression.data.clips.face_square import cut_square
from model_compression.data.features.seen_frame import Face


@dataclass(frozen=True, slots=True)
class FacePixels:
    """All of the square is shown, with its surroundings: nothing is made grey outside the face."""

    side_px: int
    mean: tuple[float, ...]  # of pictures with values 0..1; one for each channel: R, G, B or luma
    std: tuple[float, ...]
    shown: float = 1.0  # of the square's side: networks that take the middle of a larger picture see less of it
    scale: float = 1 / 255  # of a pixel, before mean and deviation

    def of(self, faces: Sequence[Face]) -> NDArray[np.float32]:
        """(B, C, S, S)."""
        cut = np.stack([self._cut(face) for face in faces])  # (B, S, S, C)
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        numbers = (cut.astype(np.float32) * np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(numbers.transpose(0, 3, 1, 2))

    def _cut(self, face: Face) -> NDArray[np.uint8]:
        channels = len(self.mean)
        if face.square is not None:
            square = replace(face.square, side_px=face.square.side_px * self.shown)
            return cut_square(face.picture, square, self.side_px, channels)
        # Others have cut it out: it is stretched to a square, as the public code of paper 4 does.
        middle = _middle(face.picture, self.shown)
        shrinks = max(middle.shape[:2]) > self.side_px
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        made = np.asarray(
            cv2.resize(middle, (self.side_px, self.side_px), interpolation=how), np.uint8
        )
        return luma_of(made)[..., None] if channels == 1 else np.ascontiguousarray(made[..., ::-1])


def _middle(picture: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    top, left = (round(size * (1 - share) / 2) for size in (height, width))
    return picture[top : height - top, left : width - left]
