"""Where the faces of a training picture are: the teacher's detector, asked again with other borders until it answers.

Pictures of the sets are often all face, down to 48 px: they are enlarged, and their edges repeated outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.mediapipe_landmarker import MediaPipeReading
from edge_app.face.observation import FaceDetection

_BORDER = 0.5  # of the longer side, kept around the picture
_BORDERS_TRIED = (0.2, 0.0, 0.5)
_CENTER_CROPS = (0.9, 1.2, 0.65)  # sides of a square at the picture's centre, over its shorter side
_REFINEMENTS = 2
MIN_PRESENCE = 0.5


class Teacher(Protocol):
    """What is asked of `MediaPipeLandmarker`."""

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]: ...

    def read(self, image: NDArray[np.uint8], crop: FaceCrop) -> MediaPipeReading: ...


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture as the teacher sees it: enlarged, with its edges repeated outwards."""

    image: NDArray[np.uint8]
    enlargement: int
    border_px: int  # of the canvas

    @property
    def inner_size_px(self) -> tuple[int, int]:
        """Height and width of the enlarged picture without its border."""
        height, width = self.image.shape[:2]
        return height - 2 * self.border_px, width - 2 * self.border_px

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, 2) px of the canvas -> px of the picture, where a pixel's centre is a whole number."""
        return (points - self.border_px + 0.5) / np.float32(self.enlargement) - np.float32(0.5)


def canvas_of(image: NDArray[np.uint8], enlargement: int) -> Canvas:
    if enlargement != 1:
        image = cv2.resize(  # type: ignore[assignment]
            image, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC
        )
    border = round(_BORDER * max(image.shape[:2]))
    padded = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    return Canvas(padded, enlargement, border)  # type: ignore[arg-type]


def find_faces(teacher: Teacher, canvas: Canvas, slots: int) -> list[FaceCrop | None]:
    """The main face of each of `slots` columns, left to right, as a refined crop of the canvas."""
    best: list[FaceCrop | None] = [None] * slots
    for border in _BORDERS_TRIED:
        found = _detected(teacher, canvas, border)
        for slot, crop in enumerate(best):
            if crop is None:
                inside = [crop for crop in found if _slot(canvas, crop, slots) == slot]
                best[slot] = _refined_best(teacher, canvas, inside, slot, slots)
        if all(crop is not None for crop in best):
            return best
    for slot, crop in enumerate(best):
        if crop is None:
            best[slot] = _refined_best(
                teacher, canvas, _center_crops(canvas, slot, slots), slot, slots
            )
    return best


def _detected(teacher: Teacher, canvas: Canvas, border: float) -> list[FaceCrop]:
    """Larger and more central faces first."""
    height, width = canvas.inner_size_px
    cut_px = canvas.border_px - round(border * max(height, width))
    full_height, full_width = canvas.image.shape[:2]
    view = canvas.image[cut_px : full_height - cut_px, cut_px : full_width - cut_px]
    crops = [
        FaceCrop(
            detection.crop.center_x_px + cut_px,
            detection.crop.center_y_px + cut_px,
            detection.crop.side_px,
            detection.crop.roll_rad,
        )
        for detection in teacher.detect(view)
    ]

    def importance(crop: FaceCrop) -> float:
        aside = np.hypot(crop.center_x_px - full_width / 2, crop.center_y_px - full_height / 2)
        return float(crop.side_px - aside)

    return sorted(crops, key=importance, reverse=True)


def _center_crops(canvas: Canvas, slot: int, slots: int) -> list[FaceCrop]:
    height, width = canvas.inner_size_px
    column = width / slots
    x = canvas.border_px + (slot + 0.5) * column
    y = canvas.border_px + height / 2
    return [FaceCrop(x, y, share * min(height, column), 0.0) for share in _CENTER_CROPS]


def _slot(canvas: Canvas, crop: FaceCrop, slots: int) -> int:
    _, width = canvas.inner_size_px
    column = int((crop.center_x_px - canvas.border_px) / width * slots)
    return min(max(column, 0), slots - 1)


def _refined_best(
    teacher: Teacher, canvas: Canvas, crops: list[FaceCrop], slot: int, slots: int
) -> FaceCrop | None:
    for crop in crops:
        refined = _refined(teacher, canvas, crop)
        if refined is not None and _slot(canvas, refined, slots) == slot:
            return refined
    return None


def _refined(teacher: Teacher, canvas: Canvas, crop: FaceCrop) -> FaceCrop | None:
    """The crop that the teacher would use in the next frame of a video, or None where it sees no face."""
    for _ in range(_REFINEMENTS):
        reading = teacher.read(canvas.image, crop)
        crop = reading.fit.next_crop()
        largest = 2.0 * max(canvas.image.shape[:2])
        if reading.presence < MIN_PRESENCE or not 8.0 < crop.side_px < largest:
            return None
    return crop
