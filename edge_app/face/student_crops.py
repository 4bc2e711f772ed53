"""What a student looks at: one upright square around the face, and a smaller picture of each eye.

Crops come from the eyes' corners and the base of the nose, which blinks and yawns hardly move. Shared by the vehicle
and by training, so that both see the same geometry. All pictures are luma.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import INNER_CORNER, NOSE_BASE, OUTER_CORNER, PARTS

Luma = NDArray[np.uint8]

# In eye distances (centre of the right eye to centre of the left), on a face seen from the front.
_NOSE_BASE_BELOW_EYES = 0.716
_FACE_SIDE = 3.2
_FACE_CENTER = 0.77  # of the way from between the eyes to the base of the nose
_EYE_WIDTH = 0.28  # of the face's side: twice an eye between its corners
EYE_WIDTH_PX, EYE_HEIGHT_PX = 64, 48
EXPRESSION_PX = 112  # side of the face crop as the part `expression` sees it
MIN_STD = 8.0  # grey levels; a flatter picture is not blown up to noise


@dataclass(frozen=True, slots=True)
class Anchors:
    """The three points that place a crop, (2,) float32 px. Left and right are the driver's own."""

    eye_right: NDArray[np.float32]
    eye_left: NDArray[np.float32]
    nose_base: NDArray[np.float32]


def anchors_of(points: NDArray[np.float32]) -> Anchors:
    """points: (146, 2) px in the order of `landmark_layout`."""
    centers = [
        (points[start + OUTER_CORNER] + points[start + INNER_CORNER]) / 2
        for start in (PARTS["eyelid_right"].start, PARTS["eyelid_left"].start)
    ]
    return Anchors(centers[0], centers[1], points[NOSE_BASE])


def face_crop(anchors: Anchors) -> FaceCrop:
    """The face, upright. Width shrinks when the head turns and height when it nods: the larger of both rules."""
    across = anchors.eye_left - anchors.eye_right
    between = (anchors.eye_left + anchors.eye_right) / 2
    down = anchors.nose_base - between
    width_px = math.hypot(float(across[0]), float(across[1]))
    height_px = math.hypot(float(down[0]), float(down[1])) / _NOSE_BASE_BELOW_EYES
    eye_distance_px = ((width_px**4 + height_px**4) / 2) ** 0.25
    center = between + _FACE_CENTER * down
    roll = math.atan2(float(across[1]), float(across[0]))
    return FaceCrop(float(center[0]), float(center[1]), _FACE_SIDE * eye_distance_px, roll)


def eye_crop(center: NDArray[np.float32], face: FaceCrop) -> FaceCrop:
    """Around one eye; `side_px` is the width of the picture that `cut_eye` cuts. center: (2,) px."""
    return FaceCrop(float(center[0]), float(center[1]), _EYE_WIDTH * face.side_px, face.roll_rad)


def cut_face(luma: Luma, crop: FaceCrop, size_px: int) -> Luma:
    """(H, W) -> (size_px, size_px); what lies outside the frame repeats its edge."""
    return _cut(luma, crop.frame_to_crop(size_px), size_px, size_px)


def cut_eye(luma: Luma, crop: FaceCrop, *, mirrored: bool) -> Luma:
    """(H, W) -> (48, 64). The right eye is mirrored, so that every eye looks like a left one."""
    matrix = crop.frame_to_crop(EYE_WIDTH_PX)
    matrix[1, 2] -= (EYE_WIDTH_PX - EYE_HEIGHT_PX) / 2
    if mirrored:
        matrix[0] *= -1
        matrix[0, 2] += EYE_WIDTH_PX
    return _cut(luma, matrix, EYE_WIDTH_PX, EYE_HEIGHT_PX)


def eye_points_to_frame(
    points: NDArray[np.float32], crop: FaceCrop, *, mirrored: bool
) -> NDArray[np.float32]:
    """points: (N, 2) in widths of the eye picture from its centre -> frame px."""
    cos, sin = math.cos(crop.roll_rad) * crop.side_px, math.sin(crop.roll_rad) * crop.side_px
    right = -1.0 if mirrored else 1.0
    turn = np.array([[right * cos, right * sin], [-sin, cos]], dtype=np.float32)
    center = np.array([crop.center_x_px, crop.center_y_px], dtype=np.float32)
    return points @ turn + center


def face_points_to_frame(points: NDArray[np.float32], crop: FaceCrop) -> NDArray[np.float32]:
    """points: (N, 2) in sides of the crop from its centre -> frame px."""
    return eye_points_to_frame(points, crop, mirrored=False)


def standardized(luma: Luma) -> NDArray[np.float32]:
    """Any shape of uint8 -> float32 with mean 0 and deviation 1: how bright the picture is does not matter."""
    mean, std = cv2.meanStdDev(luma)
    scale = 1.0 / max(float(std[0, 0]), MIN_STD)
    picture = luma.astype(np.float32)
    picture *= np.float32(scale)
    picture -= np.float32(float(mean[0, 0]) * scale)
    return picture


def _cut(luma: Luma, matrix: NDArray[np.float32], width_px: int, height_px: int) -> Luma:
    return cv2.warpAffine(  # type: ignore[return-value]
        luma,
        matrix,
        (width_px, height_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
