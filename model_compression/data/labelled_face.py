"""One face of a labelled set: its photograph and what the teacher said of it, as it is or turned over."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import MIRROR_ROWS
from edge_app.face.student_crops import anchors_of
from model_compression.data.blendshapes import INDEX, MIRROR_SCORES
from model_compression.data.labelled_set import LabelledSet

Floats = NDArray[np.float32]

# eyeBlink rarely passes 0.8 on a shut eye, and jawOpen 0.85 in the widest yawn.
_JAW_WIDE_OPEN = 0.85
_GAZE_RANGE_RAD = math.radians(30)  # what an eyeLook score of 1 is taken to mean


@dataclass(frozen=True, slots=True)
class LabelledFace:
    """points, point_std in px of `picture`; left and right are the driver's own."""

    picture: NDArray[np.uint8]  # (H, W) luma
    points: Floats  # (146, 2)
    point_std: Floats  # (146,)
    rotation: Floats  # (3, 3) of the head in the picture
    rotation_std_rad: float
    scores: Floats  # (52,) blendshapes
    scores_std: Floats  # (52,)
    emotion: int  # -1 none
    mirrored: bool = False

    def turned_over(self) -> LabelledFace:
        """The mirror image."""
        width = self.picture.shape[1]
        points = self.points[MIRROR_ROWS].copy()
        points[:, 0] = width - 1 - points[:, 0]
        flip = np.diag([-1.0, 1.0, 1.0]).astype(np.float32)
        return replace(
            self,
            picture=np.ascontiguousarray(self.picture[:, ::-1]),
            points=points,
            point_std=self.point_std[MIRROR_ROWS],
            rotation=np.asarray(flip @ self.rotation @ flip, dtype=np.float32),
            scores=self.scores[MIRROR_SCORES],
            scores_std=self.scores_std[MIRROR_SCORES],
            mirrored=not self.mirrored,
        )

    @property
    def eye_distance_px(self) -> float:
        anchors = anchors_of(self.points)
        return max(float(np.hypot(*(anchors.eye_left - anchors.eye_right))), 1e-3)

    @property
    def eye_line_roll_rad(self) -> float:
        anchors = anchors_of(self.points)
        across = anchors.eye_left - anchors.eye_right
        return math.atan2(float(across[1]), float(across[0]))

    def blink(self, side: str) -> float:
        """The teacher's eyeBlink of the `left` or `right` eye, 0..1."""
        return float(self.scores[INDEX[f"eyeBlink{side.capitalize()}"]])

    def mouth_openness(self) -> tuple[float, float]:
        """0..1 and the deviation between the teacher's views."""
        row = INDEX["jawOpen"]
        openness = min(1.0, float(self.scores[row]) / _JAW_WIDE_OPEN)
        return openness, float(self.scores_std[row]) / _JAW_WIDE_OPEN

    def smile(self) -> float:
        left, right = self.scores[INDEX["mouthSmileLeft"]], self.scores[INDEX["mouthSmileRight"]]
        return float(left + right) / 2

    def gaze(self) -> Floats:
        """(2,) yaw (to the picture's right) and pitch (up) against the head, rad."""

        def look(name: str) -> float:
            return float(self.scores[INDEX[f"eyeLook{name}"]])

        yaw = (look("OutLeft") - look("InLeft") + look("InRight") - look("OutRight")) / 2
        pitch = (look("UpLeft") + look("UpRight") - look("DownLeft") - look("DownRight")) / 2
        return np.array([yaw, pitch], dtype=np.float32) * np.float32(_GAZE_RANGE_RAD)


def labelled_face(labelled: LabelledSet, row: int) -> LabelledFace:
    """Row `row` of a set; where the teacher found no face its labels are zeros."""
    labels = labelled.labels
    return LabelledFace(
        picture=labelled.picture(row),
        points=labels.landmarks[row],
        point_std=labels.landmark_std[row],
        rotation=labels.rotation[row],
        rotation_std_rad=float(labels.rotation_std_rad[row]),
        scores=labels.blendshapes[row],
        scores_std=labels.blendshapes_std[row],
        emotion=int(labels.emotion[row]),
    )
