"""MediaPipe as the measure of points and head angles: several views of a face, and how far they agree.

A figure against the teacher uses only frames in which its views agree: where it contradicts itself, it is no measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.box import Box
from edge_app.face.crop import FaceCrop
from edge_app.face.head_rotation import angles_of
from edge_app.face.landmark_layout import COUNT, PARTS, stacked
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from edge_app.face.observation import FaceObservation
from edge_app.face.settings import PerceptionSettings
from edge_app.inference.model_files import FACE_LANDMARKER, find_model
from model_compression.data.face_search import Canvas
from model_compression.data.teacher_labels import averaged, views_of
from model_compression.evaluation.eye_distance import eye_distance_px

Points = NDArray[np.float32]

VIEWS = 4  # around the face's own crop: shifted, scaled, rolled; every second one mirrored
MOST_POINT_SPREAD = 0.025  # of the eye distance, mean over the points, for "the teacher is right"
MOST_ANGLE_SPREAD_RAD = math.radians(3)
LEAST_PRESENCE = 0.9
_BORDER = 0.5  # of the longer side; views shifted over the edge read repeated pixels


@dataclass(frozen=True, slots=True)
class TeacherReading:
    """One face as the teacher's views have it in the mean."""

    points: Points  # (146, 2) px in the order of `landmark_layout`
    angles_rad: tuple[float, float, float]  # yaw, pitch, roll
    eye_distance_px: float  # as `eye_distance.py` has it
    point_spread: float  # standard deviation between views, mean over points, in eye distances
    angle_spread_rad: float
    presence: float

    @property
    def box(self) -> Box:
        oval = self.points[PARTS["oval"]]
        (x0, y0), (x1, y1) = oval.min(axis=0).tolist(), oval.max(axis=0).tolist()
        return (x0, y0, x1, y1)

    @property
    def points_are_right(self) -> bool:
        return self.presence >= LEAST_PRESENCE and self.point_spread <= MOST_POINT_SPREAD

    @property
    def angles_are_right(self) -> bool:
        return self.presence >= LEAST_PRESENCE and self.angle_spread_rad <= MOST_ANGLE_SPREAD_RAD


class Teacher:
    """Raises `ModelFileError` where MediaPipe's model file is not there."""

    def __init__(self, settings: PerceptionSettings) -> None:
        path = find_model(FACE_LANDMARKER.file_name, explicit=settings.model_file)
        self._landmarker = MediaPipeLandmarker(path, threads=settings.threads)

    def crops(self, image: NDArray[np.uint8]) -> list[FaceCrop]:
        """Where the faces of a picture are, the largest first, each refined by a look at it."""
        found = sorted(
            (face.crop for face in self._landmarker.detect(image)),
            key=lambda crop: crop.side_px,
            reverse=True,
        )
        return [self._landmarker.read(image, crop).fit.next_crop() for crop in found]

    def read(self, image: NDArray[np.uint8], crop: FaceCrop) -> TeacherReading | None:
        """The face in `crop`, image (H, W[, 3]); None where the views see no face."""
        border = round(_BORDER * crop.side_px)
        canvas = Canvas(_widened(image, border), 1, border)
        moved = FaceCrop(
            crop.center_x_px + border, crop.center_y_px + border, crop.side_px, crop.roll_rad
        )
        views = views_of(self._landmarker, canvas, moved, VIEWS, np.random.default_rng(0))
        label = averaged(views)
        if not label.found:
            return None
        distance_px = eye_distance_px(label.landmarks)
        return TeacherReading(
            points=label.landmarks,
            angles_rad=angles_of(label.rotation),
            eye_distance_px=distance_px,
            point_spread=float(label.landmark_std.mean()) / distance_px,
            angle_spread_rad=label.rotation_std_rad,
            presence=label.presence,
        )


def point_error(observation: FaceObservation, reading: TeacherReading) -> float:
    """Mean distance of the 146 points over the teacher's eye distance. NaN where perception tells other points."""
    points = stacked(observation.landmarks)
    if points.shape != (COUNT, 2):
        return float("nan")
    apart = np.linalg.norm(points - reading.points, axis=1)
    return float(apart.mean()) / reading.eye_distance_px


def angle_errors_deg(
    observation: FaceObservation, reading: TeacherReading
) -> tuple[float, float, float]:
    """Absolute differences of yaw, pitch and roll, degrees."""
    pose = observation.head_pose
    said = (pose.yaw_rad, pose.pitch_rad, pose.roll_rad)
    yaw, pitch, roll = (
        abs(math.degrees(math.remainder(a - b, math.tau)))
        for a, b in zip(said, reading.angles_rad, strict=True)
    )
    return yaw, pitch, roll


def _widened(image: NDArray[np.uint8], border_px: int) -> NDArray[np.uint8]:
    return cv2.copyMakeBorder(  # type: ignore[return-value]
        image, border_px, border_px, border_px, border_px, cv2.BORDER_REPLICATE
    )
