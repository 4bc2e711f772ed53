"""Can this face be judged at all? Exposure, sharpness and size of the face in the frame, measured on its crop."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Unavailable
from edge_app.face.observation import FaceObservation
from edge_app.face.settings import PerceptionSettings

_CROP_PX = 112
_FACE_IN_CROP = slice(_CROP_PX // 5, _CROP_PX - _CROP_PX // 5)  # the crop is wider than the face
_SATURATED = 250


@dataclass(frozen=True, slots=True)
class ImageQuality:
    """Of the face region: luma 0..255, sharpness as the variance of the Laplacian on 112 px."""

    bright_luma: float  # 90th percentile
    saturated_share: float  # 0..1
    sharpness: float
    eye_distance_px: float

    def fault(self, settings: PerceptionSettings) -> Unavailable | None:
        """What makes the face impossible to judge, the gravest first."""
        if self.bright_luma < settings.min_face_luma:
            return Unavailable.TOO_DARK
        if self.saturated_share > settings.max_saturated_share:
            return Unavailable.OVEREXPOSED
        if self.sharpness < settings.min_sharpness:
            return Unavailable.BLURRED
        if self.eye_distance_px < settings.min_eye_distance_px:
            return Unavailable.LOW_RESOLUTION
        return None


def measure_quality(frame: Frame, observation: FaceObservation) -> ImageQuality:
    cut = observation.next_crop.cut(frame.image, _CROP_PX)
    luma = cut if cut.ndim == 2 else cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    face = luma[_FACE_IN_CROP, _FACE_IN_CROP]
    _, deviation = cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_32F))
    eyes = observation.landmarks
    distance = eyes.eyelid_left.mean(axis=0) - eyes.eyelid_right.mean(axis=0)
    return ImageQuality(
        bright_luma=float(
            np.partition(face, int(face.size * 0.9), axis=None)[int(face.size * 0.9)]
        ),
        saturated_share=float(np.count_nonzero(face >= _SATURATED)) / face.size,
        sharpness=float(deviation[0, 0]) ** 2,
        eye_distance_px=float(np.hypot(distance[0], distance[1])),
    )
