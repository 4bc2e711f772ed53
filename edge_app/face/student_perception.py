"""Vigil's own perception, from a bundle: one look at the face crop, one at both eyes, each a single forward pass.

One implementation of `Perception`. All pictures are luma; what a model says is read in `student_reading`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.blink_head.head import BlinkHead
from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import COUNT, INNER_CORNER, OUTER_CORNER, PARTS, named
from edge_app.face.luma_reach import LumaReach, luma_around, luma_of
from edge_app.face.observation import FaceDetection, FaceObservation, Points
from edge_app.face.quality import ImageQuality, exposure_of
from edge_app.face.student_crops import (
    EXPRESSION_PX,
    EYE_HEIGHT_PX,
    EYE_WIDTH_PX,
    Luma,
    anchors_of,
    cut_eye,
    cut_face,
    eye_crop,
    face_crop,
    face_points_to_frame,
    standardized,
)
from edge_app.face.student_detector import StudentDetector
from edge_app.face.student_reading import (
    Outputs,
    StudentTuning,
    VisibilityReader,
    iris_in_frame,
    read_classes,
    read_gaze,
    read_head_pose,
    read_mouth,
    read_openness,
    read_share,
)
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.session import Session

# Rows of the part `eyes`: where the eye's lids are among the points, and whether its picture is mirrored.
_EYES = ((PARTS["eyelid_left"], False), (PARTS["eyelid_right"], True))
_IRISES = slice(PARTS["iris_left"].start, PARTS["iris_right"].stop)
_LARGEST_SIDE_PX = 1e5  # a crop beyond this comes from landmarks gone wild


@dataclass(frozen=True, slots=True)
class StudentSessions:
    """The loaded parts of a bundle. `expression` is None where nobody asked for it."""

    detector: Session
    face: Session
    eyes: Session
    expression: Session | None = None


class StudentPerception:
    """`Perception` from the parts of one bundle. Used from one thread."""

    def __init__(
        self,
        name: str,
        sessions: StudentSessions,
        tuning: StudentTuning,
        *,
        face_size_px: int = 112,
        expression_labels: tuple[str, ...] = (),
        temporal: TemporalModel | None = None,
        blink_head: BlinkHead | None = None,
    ) -> None:
        """`expression_labels`: of the part `expression`; only told where that part is loaded.

        `temporal`, `blink_head`: offered along; whoever knows which faces are the same driver's steps them.
        """
        self.name = name
        self.temporal = temporal
        self.blink_head = blink_head
        self.expression_labels = expression_labels if sessions.expression is not None else ()
        self._sessions = sessions
        self._tuning = tuning
        self._visibility = VisibilityReader(tuning)
        self._face_size_px = face_size_px
        # The central four fifths of the crop are face, not what is behind it.
        self._inside = slice(face_size_px // 10, face_size_px - face_size_px // 10, 2)
        self._detector = StudentDetector(
            sessions.detector, min_score=tuning.thresholds.get("heat", 0.5)
        )
        self._face_input = np.empty((1, 1, face_size_px, face_size_px), dtype=np.float32)
        self._eyes_input = np.empty((2, 1, EYE_HEIGHT_PX, EYE_WIDTH_PX), dtype=np.float32)

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        return self._detector.detect(luma_of(image))

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        reach = luma_around(image, crop)
        picture = cut_face(reach.luma, reach.moved(crop), self._face_size_px)
        self._face_input[0, 0] = standardized(picture)
        face = self._sessions.face.run({"face": self._face_input})
        points, seen_crop = _placed(face, crop)
        eye_crops = self._cut_eyes(reach, points, seen_crop or crop)
        eyes = self._sessions.eyes.run({"eyes": self._eyes_input})
        points[_IRISES] = [
            point
            for iris, crop_of_eye, (_, mirrored) in zip(eyes["iris"], eye_crops, _EYES, strict=True)
            for point in iris_in_frame(iris, crop_of_eye, mirrored=mirrored)
        ]
        presence, visibility = self._visibility.read(face, eyes)
        left, right = read_openness(face, eyes, self._tuning)
        gaze_yaw, gaze_pitch = read_gaze(face["gaze"])
        head_pose = read_head_pose(face["head_pose"], crop.roll_rad)
        embedding = face.get("embedding")
        oval = points[PARTS["oval"]]
        (x0, y0), (x1, y1) = oval.min(axis=0).tolist(), oval.max(axis=0).tolist()
        return FaceObservation(
            presence=presence if seen_crop is not None else 0.0,
            box=(x0, y0, x1, y1),
            landmarks=named(points),
            eye_openness_left=left,
            eye_openness_right=right,
            mouth_openness=read_mouth(
                face["mouth_openness"], points[PARTS["lips_inner"]], head_pose.yaw_rad
            ),
            smile=read_share(face["smile"]),
            head_pose=head_pose,
            gaze_yaw=gaze_yaw,
            gaze_pitch=gaze_pitch,
            expression=self._expression(reach, crop),
            next_crop=seen_crop or crop,
            visibility=visibility,
            quality=self._quality(picture, face, eye_crops),
            embedding=None if embedding is None else embedding[0],
        )

    def expression_at(self, image: NDArray[np.uint8], crop: FaceCrop) -> tuple[float, ...] | None:
        """The expression alone, as `observe` would read it; None where its part is not loaded."""
        reach = luma_around(image, crop)
        picture = cut_face(reach.luma, reach.moved(crop), self._face_size_px)
        self._face_input[0, 0] = standardized(picture)
        return self._expression(reach, crop)

    def _cut_eyes(self, reach: LumaReach, points: Points, face: FaceCrop) -> list[FaceCrop]:
        """Fills the eyes' input. Where the eyes are is this frame's own knowledge: nothing lags behind."""
        crops = []
        for row, (lid, mirrored) in enumerate(_EYES):
            first = lid.start
            center = (points[first + OUTER_CORNER] + points[first + INNER_CORNER]) / 2
            crop = eye_crop(center, face)
            picture = cut_eye(reach.luma, reach.moved(crop), mirrored=mirrored)
            self._eyes_input[row, 0] = standardized(picture)
            crops.append(crop)
        return crops

    def _expression(self, reach: LumaReach, crop: FaceCrop) -> tuple[float, ...] | None:
        if self._sessions.expression is None:
            return None
        shown = self._face_input
        if self._face_size_px != EXPRESSION_PX:
            picture = cut_face(reach.luma, reach.moved(crop), EXPRESSION_PX)
            shown = standardized(picture)[None, None]
        # A face and its mirror image show the same: the mean of both errs less.
        logits = self._sessions.expression.run({"face": shown})["expression"]
        mirrored = np.ascontiguousarray(shown[..., ::-1])
        logits += self._sessions.expression.run({"face": mirrored})["expression"]
        logits /= 2
        return read_classes(
            logits,
            self._tuning.temperatures.get("expression", 1.0),
            self._tuning.curves.get("expression"),
        )

    def _quality(self, picture: Luma, face: Outputs, eye_crops: list[FaceCrop]) -> ImageQuality:
        # Every other pixel of every other row is plenty for a percentile.
        face_luma = np.ascontiguousarray(picture[self._inside, self._inside])
        bright_luma, saturated_share = exposure_of(face_luma)
        return ImageQuality(
            bright_luma=bright_luma,
            saturated_share=saturated_share,
            eye_distance_px=_eye_distance_px(eye_crops),
            blur_px=float(face["quality"][0, 0]),
        )


def _placed(face: Outputs, crop: FaceCrop) -> tuple[Points, FaceCrop | None]:
    """The 146 points in the frame and the crop that they ask for; None with points that are no face's."""
    points = face_points_to_frame(face["landmarks"].reshape(COUNT, 2), crop)
    if math.isfinite(float(points.sum())):
        seen = face_crop(anchors_of(points))
        if 1.0 <= seen.side_px <= _LARGEST_SIDE_PX:
            return points, seen
    nowhere = replace(crop, side_px=0.0)
    return face_points_to_frame(np.zeros((COUNT, 2), dtype=np.float32), nowhere), None


def _eye_distance_px(eye_crops: list[FaceCrop]) -> float:
    left, right = eye_crops
    return math.hypot(left.center_x_px - right.center_x_px, left.center_y_px - right.center_y_px)
