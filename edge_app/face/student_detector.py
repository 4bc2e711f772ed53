"""Faces in a whole frame, from a bundle's part `detector`: one look at the frame in a square of 192 px.

It answers with a heat map of face centres in cells of 8 px, and with a box and five points in each cell.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import FIVE_POINTS
from edge_app.face.box import Box, overlap
from edge_app.face.letterbox import DETECTOR_SIZE_PX, Letterbox, letterbox_of, letterboxed
from edge_app.face.observation import FaceDetection
from edge_app.face.student_crops import Anchors, Luma, face_crop
from edge_app.inference.session import Session

CELL_PX = 8
_MAX_BOX_OVERLAP = 0.3
_MOST_FACES = 16
_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)
_LEAST_LOG_SIZE, _MOST_LOG_SIZE = math.log(0.25), math.log(4 * DETECTOR_SIZE_PX / CELL_PX)
_EYE_RIGHT, _EYE_LEFT, _NOSE_BASE = (
    FIVE_POINTS.index(name) for name in ("eye_right", "eye_left", "nose_base")
)


class StudentDetector:
    """All faces in a luma frame, best first."""

    def __init__(
        self, session: Session, *, min_score: float = 0.5, size_px: int = DETECTOR_SIZE_PX
    ) -> None:
        self._session = session
        self._min_logit = math.log(min_score / (1 - min_score))
        self._size_px = size_px
        self._input = np.zeros((1, 1, size_px, size_px), dtype=np.float32)

    def detect(self, luma: Luma) -> list[FaceDetection]:
        """luma: (H, W)."""
        letterbox = letterbox_of(luma.shape[1], luma.shape[0], self._size_px)
        letterboxed(luma, letterbox, self._input[0, 0])
        outputs = self._session.run({"image": self._input})
        return decoded(
            outputs["heat"][0, 0],
            outputs["box"][0],
            outputs["points"][0],
            letterbox,
            self._min_logit,
        )


def decoded(
    heat: NDArray[np.float32],
    boxes: NDArray[np.float32],
    points: NDArray[np.float32],
    letterbox: Letterbox,
    min_logit: float,
) -> list[FaceDetection]:
    """heat: (rows, columns) logits, boxes: (4, rows, columns), points: (10, rows, columns) -> faces, best first.

    A cell counts when none of its eight neighbours is hotter; of boxes that overlap the hottest stays.
    """
    peaks = (heat >= cv2.dilate(heat, _NEIGHBOURS)) & (heat >= min_logit)
    rows, columns = np.nonzero(peaks)
    best_first = np.argsort(-heat[rows, columns])
    faces: list[FaceDetection] = []
    for row, column in zip(rows[best_first].tolist(), columns[best_first].tolist(), strict=True):
        face = _face(
            float(heat[row, column]),
            boxes[:, row, column],
            points[:, row, column],
            row,
            column,
            letterbox,
        )
        if face is None or any(overlap(face.box, other.box) > _MAX_BOX_OVERLAP for other in faces):
            continue
        faces.append(face)
        if len(faces) == _MOST_FACES:
            break
    return faces


def _face(
    logit: float,
    box: NDArray[np.float32],
    points: NDArray[np.float32],
    row: int,
    column: int,
    letterbox: Letterbox,
) -> FaceDetection | None:
    """box: (4,), points: (10,) of one cell. None where they are no face's."""
    if not (np.isfinite(box).all() and np.isfinite(points).all()):
        return None
    cell = np.array([column + 0.5, row + 0.5], dtype=np.float32) * np.float32(CELL_PX)
    size = np.float32(CELL_PX) * np.exp(np.clip(box[2:], _LEAST_LOG_SIZE, _MOST_LOG_SIZE))
    center = cell + np.float32(CELL_PX) * box[:2]
    corners = letterbox.to_frame(np.stack([center - size / 2, center + size / 2]))
    five = letterbox.to_frame(cell + points.reshape(5, 2) * size)
    crop = face_crop(Anchors(five[_EYE_RIGHT], five[_EYE_LEFT], five[_NOSE_BASE]))
    if not crop.side_px >= 1.0:
        return None
    frame_box: Box = (
        float(corners[0, 0]),
        float(corners[0, 1]),
        float(corners[1, 0]),
        float(corners[1, 1]),
    )
    return FaceDetection(frame_box, 1 / (1 + math.exp(-min(logit, 60.0))), crop)
