"""Students without weights: sessions that give what they are told, and truth written in a bundle's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import COUNT, NOSE_BASE, PARTS
from edge_app.face.letterbox import Letterbox
from edge_app.face.student_detector import CELL_PX
from edge_app.face.student_perception import StudentPerception, StudentSessions
from edge_app.face.student_reading import StudentTuning
from edge_app.face.temporal_model import TemporalModel

Arrays = dict[str, NDArray[np.float32]]
CELLS = 24


@dataclass
class GivenSession:
    """`Session` that answers every run with the same arrays and keeps what it was shown."""

    outputs: Mapping[str, NDArray[np.float32]]
    shown: list[Arrays] = field(default_factory=list)

    def run(self, inputs: Arrays) -> Arrays:
        self.shown.append({name: array.copy() for name, array in inputs.items()})
        return dict(self.outputs)


@dataclass(frozen=True)
class TrueFace:
    """A face in the frame, px: its box and the points eye_right, eye_left, nose_base, mouth_right, mouth_left."""

    box: tuple[float, float, float, float]
    points: NDArray[np.float32]  # (5, 2)
    logit: float = 4.0


def upright_face(x_px: float, y_px: float, eye_distance_px: float, logit: float = 4.0) -> TrueFace:
    """Centre of the box at (x, y)."""
    shape = np.array([[-0.5, -0.3], [0.5, -0.3], [0, 0.4], [-0.4, 0.8], [0.4, 0.8]], np.float32)
    width_px, height_px = 2.2 * eye_distance_px, 2.8 * eye_distance_px
    box = (x_px - width_px / 2, y_px - height_px / 2, x_px + width_px / 2, y_px + height_px / 2)
    return TrueFace(box, shape * eye_distance_px + np.array([x_px, y_px], dtype=np.float32), logit)


def detector_outputs(faces: list[TrueFace], letterbox: Letterbox) -> Arrays:
    """What a perfect detector would say: each face in the cell that holds its centre, silence elsewhere."""
    heat = np.full((1, 1, CELLS, CELLS), -8.0, dtype=np.float32)
    boxes = np.zeros((1, 4, CELLS, CELLS), dtype=np.float32)
    points = np.zeros((1, 10, CELLS, CELLS), dtype=np.float32)
    for face in faces:
        corners = letterbox.to_square(np.array(face.box, dtype=np.float32).reshape(2, 2))
        center, size = corners.mean(axis=0), corners[1] - corners[0]
        column, row = (center // CELL_PX).astype(int)
        cell = (np.array([column, row]) + 0.5) * CELL_PX
        heat[0, 0, row, column] = face.logit
        boxes[0, :, row, column] = [*(center - cell) / CELL_PX, *np.log(size / CELL_PX)]
        relative = (letterbox.to_square(face.points) - cell) / size
        points[0, :, row, column] = relative.ravel()
    return {"heat": heat, "box": boxes, "points": points}


def face_points() -> NDArray[np.float32]:
    """(146, 2) points in sides of the crop from its centre, anchors where the crop's rule wants them."""
    points = np.random.default_rng(3).uniform(-0.3, 0.3, (COUNT, 2)).astype(np.float32)
    eye_distance = 1 / 3.2
    eyes_y = -0.77 * 0.716 * eye_distance
    for part, x in (("eyelid_left", eye_distance / 2), ("eyelid_right", -eye_distance / 2)):
        outward = 0.06 if x > 0 else -0.06
        points[PARTS[part].start + 0] = (x + outward, eyes_y)
        points[PARTS[part].start + 8] = (x - outward, eyes_y)
    points[NOSE_BASE] = (0.0, eyes_y + 0.716 * eye_distance)
    return points


def face_outputs(**changed: object) -> Arrays:
    outputs: dict[str, object] = {
        "landmarks": face_points().reshape(1, 2 * COUNT),
        "head_pose": [[0.2, -0.1, 0.05, -3.0, -3.5, -4.0]],
        "gaze": [[0.1, -0.2, -2.0, -2.0]],
        "eye_openness_face": [[0.9, 0.3, -2.0, -2.0]],
        "mouth_openness": [[0.4, -3.0]],
        "smile": [[0.2, -2.0]],
        "visibility": [[5.0, 4.0, 4.0, 4.0, -4.0, -4.0, -4.0, -4.0]],
        "quality": [[0.7, 0.01, 1.2]],
        "embedding": np.zeros((1, 256)),
        **changed,
    }
    return {name: np.asarray(value, dtype=np.float32) for name, value in outputs.items()}


def eyes_outputs(**changed: object) -> Arrays:
    outputs: dict[str, object] = {
        "openness": [[0.9, -3.0], [0.3, -3.0]],
        "visible": [[4.0], [4.0]],
        "iris": [[0.02, -0.01, 0.1], [0.02, -0.01, 0.1]],
        **changed,
    }
    return {name: np.asarray(value, dtype=np.float32) for name, value in outputs.items()}


@dataclass
class Student:
    """A perception and its sessions."""

    face: GivenSession = field(default_factory=lambda: GivenSession(face_outputs()))
    eyes: GivenSession = field(default_factory=lambda: GivenSession(eyes_outputs()))
    detector: GivenSession = field(default_factory=lambda: GivenSession({}))
    expression: GivenSession | None = None
    tuning: StudentTuning = field(default_factory=StudentTuning)
    face_size_px: int = 112
    temporal: TemporalModel | None = None

    @property
    def perception(self) -> StudentPerception:
        sessions = StudentSessions(self.detector, self.face, self.eyes, self.expression)
        labels = ("anger", "fear", "neutral")
        return StudentPerception(
            "given/1",
            sessions,
            self.tuning,
            face_size_px=self.face_size_px,
            expression_labels=labels,
            temporal=self.temporal,
        )


CROP = FaceCrop(330.0, 250.0, 220.0, 0.15)
