"""MediaPipe's `face_landmarker.task` through LiteRT: detector, 478 landmarks and blendshapes, decoded here.

One implementation of `Perception`. MediaPipe's point numbers and score scales end in this file.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.blink_head.head import BlinkHead
from edge_app.face.box import overlap
from edge_app.face.crop import FaceCrop
from edge_app.face.mediapipe_geometry import CanonicalFace, HeadFit
from edge_app.face.observation import (
    Estimate,
    FaceDetection,
    FaceLandmarks,
    FaceObservation,
    HeadPose,
)
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.litert import LiteRtSession
from edge_app.inference.session import ModelFileError, Session

# What zipfile raises on a file that is missing, no zip, another zip, cut short or damaged.
_UNREADABLE = (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
_DETECTOR_SIZE_PX = 128
_LANDMARK_SIZE_PX = 256
# float32, since a Python number would make numpy multiply bytes in float64: twice as slow.
_BYTE_TO_UNIT, _BYTE_TO_TWO = np.float32(1 / 255), np.float32(2 / 255)
_DETECTION_TO_CROP = 1.5  # side of the crop over the longer side of the detected box
_MIN_DETECTION_SCORE = 0.5
_MAX_BOX_OVERLAP = 0.3

# eyeBlink rarely passes 0.8 on a shut eye, and jawOpen 0.85 in the widest yawn: these map both to 0..1.
_BLINK_SHUT = 0.8
_JAW_WIDE_OPEN = 0.85
_GAZE_RANGE_RAD = math.radians(30)  # what an eyeLook score of 1 is taken to mean

_OPENNESS_STD = 0.05
# Beyond this yaw the farther eye's reading begins to suffer, by this much: 0.31 more at 40 degrees.
_FAR_EYE_FROM_RAD = math.radians(10)
_FAR_EYE_STD_PER_RAD = 0.6

_POINTS = {
    "eyelid_left": [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
    "eyelid_right": [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
    "iris_left": [473, 474, 475, 476, 477],
    "iris_right": [468, 469, 470, 471, 472],
    "lips_outer": [
        *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375),
        *(291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    ],
    "lips_inner": [
        *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324),
        *(308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
    ],
    "brow_left": [276, 283, 282, 295, 285, 336, 296, 334, 293, 300],
    "brow_right": [46, 53, 52, 65, 55, 107, 66, 105, 63, 70],
    "oval": [
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288),
        *(397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136),
        *(172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    ],
    "nose": [168, 6, 197, 195, 5, 4, 1, 2],
}

# The blendshape model's input: these points, in this order (MediaPipe's face_blendshapes graph).
# fmt: off
_BLENDSHAPE_POINTS = np.array(
    [
        *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66),
        *(67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144),
        *(145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173),
        *(176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284),
        *(285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332),
        *(334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386),
        *(387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473),
        *(474, 475, 476, 477),
    ]
)
# fmt: on
_BLINK_LEFT, _BLINK_RIGHT = 9, 10
_LOOK_DOWN = (11, 12)
_LOOK_IN_LEFT, _LOOK_IN_RIGHT, _LOOK_OUT_LEFT, _LOOK_OUT_RIGHT = 13, 14, 15, 16
_LOOK_UP = (17, 18)
_JAW_OPEN = 25
_SMILE = (44, 45)


@dataclass(frozen=True, slots=True)
class MediaPipeReading:
    """What the models say of one crop, undecoded."""

    presence: float  # 0..1
    points: NDArray[np.float32]  # (478, 3) frame px, depth growing away from the camera
    scores: NDArray[np.float32]  # (52,) blendshapes, 0..1
    fit: HeadFit

    def landmarks(self) -> FaceLandmarks:
        flat = np.ascontiguousarray(self.points[:, :2])
        return FaceLandmarks(**{name: flat[index] for name, index in _POINTS.items()})


class MediaPipeLandmarker:
    """`Perception` from MediaPipe's three models.

    Raises `ModelFileError` when `task_file` is missing or is not a face landmarker task.
    """

    name = "mediapipe-face-landmarker/1"
    expression_labels: tuple[str, ...] = ()
    temporal: TemporalModel | None = None
    blink_head: BlinkHead | None = None

    def __init__(self, task_file: Path, *, threads: int = 1) -> None:
        try:
            with zipfile.ZipFile(task_file) as task:
                parts = {
                    name: task.read(name)
                    for name in (
                        "face_detector.tflite",
                        "face_landmarks_detector.tflite",
                        "face_blendshapes.tflite",
                        "geometry_pipeline_metadata_landmarks.binarypb",
                    )
                }
        except _UNREADABLE as error:
            raise ModelFileError(
                f"{task_file}: not a readable face_landmarker.task ({error}); fetch it with "
                "'vigil models fetch mediapipe'"
            ) from error

        def load(name: str) -> Session:
            return LiteRtSession(parts[name], threads=threads, name=f"{task_file}:{name}")

        self._detector = load("face_detector.tflite")
        self._landmarker = load("face_landmarks_detector.tflite")
        self._blendshapes = load("face_blendshapes.tflite")
        self._canonical = CanonicalFace(parts["geometry_pipeline_metadata_landmarks.binarypb"])
        self._anchors = _detector_anchors()
        self._detector_input = np.empty(
            (1, _DETECTOR_SIZE_PX, _DETECTOR_SIZE_PX, 3), dtype=np.float32
        )
        self._landmark_input = np.empty(
            (1, _LANDMARK_SIZE_PX, _LANDMARK_SIZE_PX, 3), dtype=np.float32
        )

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        height, width = image.shape[:2]
        side = max(height, width)
        whole = FaceCrop(width / 2, height / 2, side, 0.0)
        cut = _rgb(whole.cut(image, _DETECTOR_SIZE_PX))
        np.multiply(cut, _BYTE_TO_TWO, out=self._detector_input[0])
        self._detector_input -= 1.0
        outputs = self._detector.run({"input": self._detector_input})
        logits = outputs["classificators"][0, :, 0]
        regressors = outputs["regressors"][0]
        logit_floor = math.log(_MIN_DETECTION_SCORE / (1 - _MIN_DETECTION_SCORE))
        candidates = np.flatnonzero(logits > logit_floor)
        detections: list[FaceDetection] = []
        for anchor in candidates[np.argsort(-logits[candidates])]:
            # Eight pairs: box centre, box size, right eye, left eye, nose, mouth, right ear, left ear.
            pairs = regressors[anchor].reshape(8, 2) / _DETECTOR_SIZE_PX
            size = pairs[1] * side
            points = (np.delete(pairs, 1, axis=0) + self._anchors[anchor] - 0.5) * side
            points += (width / 2, height / 2)
            center, right_eye, left_eye = points[0], points[1], points[2]
            box = (
                float(center[0] - size[0] / 2),
                float(center[1] - size[1] / 2),
                float(center[0] + size[0] / 2),
                float(center[1] + size[1] / 2),
            )
            if any(overlap(box, other.box) > _MAX_BOX_OVERLAP for other in detections):
                continue
            roll = math.atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
            crop = FaceCrop(
                float(center[0]), float(center[1]), float(max(size)) * _DETECTION_TO_CROP, roll
            )
            score = 1 / (1 + math.exp(-min(float(logits[anchor]), 100.0)))
            detections.append(FaceDetection(box, score, crop))
        return detections

    def read(self, image: NDArray[np.uint8], crop: FaceCrop) -> MediaPipeReading:
        """image: (H, W[, 3]) luma or BGR."""
        cut = _rgb(crop.cut(image, _LANDMARK_SIZE_PX))
        np.multiply(cut, _BYTE_TO_UNIT, out=self._landmark_input[0])
        outputs = self._landmarker.run({"input_12": self._landmark_input})
        presence = 1 / (1 + math.exp(-float(outputs["Identity_1"].item())))
        points = crop.points_to_frame(outputs["Identity"].reshape(478, 3), _LANDMARK_SIZE_PX)
        flat = np.ascontiguousarray(points[:, :2])
        scores = self._blendshapes.run(
            {"serving_default_input_points:0": flat[_BLENDSHAPE_POINTS][None]}
        )["StatefulPartitionedCall:0"]
        return MediaPipeReading(presence, points, scores, self._canonical.fit(points))

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        reading = self.read(image, crop)
        scores, fit, landmarks = reading.scores, reading.fit, reading.landmarks()
        yaw, pitch, roll = fit.angles_rad()
        far = max(0.0, abs(yaw) - _FAR_EYE_FROM_RAD) * _FAR_EYE_STD_PER_RAD
        gaze_yaw = (
            scores[_LOOK_OUT_LEFT]
            - scores[_LOOK_IN_LEFT]
            + scores[_LOOK_IN_RIGHT]
            - scores[_LOOK_OUT_RIGHT]
        ) / 2
        gaze_pitch = (scores[list(_LOOK_UP)].sum() - scores[list(_LOOK_DOWN)].sum()) / 2
        low, high = landmarks.oval.min(axis=0), landmarks.oval.max(axis=0)
        return FaceObservation(
            presence=reading.presence,
            box=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            landmarks=landmarks,
            eye_openness_left=_openness(scores[_BLINK_LEFT], far if yaw > 0 else 0.0),
            eye_openness_right=_openness(scores[_BLINK_RIGHT], far if yaw < 0 else 0.0),
            mouth_openness=Estimate(min(1.0, float(scores[_JAW_OPEN]) / _JAW_WIDE_OPEN), 0.05),
            smile=Estimate(float(scores[list(_SMILE)].mean()), 0.1),
            head_pose=HeadPose(yaw, pitch, roll, std_rad=math.radians(3)),
            gaze_yaw=Estimate(float(gaze_yaw) * _GAZE_RANGE_RAD, math.radians(8)),
            gaze_pitch=Estimate(float(gaze_pitch) * _GAZE_RANGE_RAD, math.radians(8)),
            expression=None,
            next_crop=fit.next_crop(),
        )


def _openness(blink_score: np.float32, extra_std: float) -> Estimate:
    openness = 1.0 - float(blink_score) / _BLINK_SHUT
    return Estimate(max(0.0, min(1.0, openness)), _OPENNESS_STD + extra_std)


def _rgb(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    code = cv2.COLOR_GRAY2RGB if crop.ndim == 2 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(crop, code)  # type: ignore[return-value]


def _detector_anchors() -> NDArray[np.float32]:
    """Centres (896, 2) of the short-range detector's anchors, 0..1: 16 x 16 cells of 2, then 8 x 8 of 6."""
    centers = [
        ((column + 0.5) / cells, (row + 0.5) / cells)
        for cells, per_cell in ((16, 2), (8, 6))
        for row in range(cells)
        for column in range(cells)
        for _ in range(per_cell)
    ]
    return np.array(centers, dtype=np.float32)
