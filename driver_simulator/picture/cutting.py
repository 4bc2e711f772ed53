"""A photograph to a portrait: the face is found and read by a perception, set upright on the canvas and cut out.

In: a picture of one face from ahead, open eyes, shut mouth. Out: a `Portrait`, or one sentence saying what is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.completion import completed
from driver_simulator.picture.matte import head_matte
from driver_simulator.picture.portrait import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    EYE_DISTANCE_PX,
    EYES_MIDDLE_PX,
    Portrait,
)
from driver_simulator.picture.shut_mouth import with_shut_mouth
from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.head_rotation import rolled_angles, rotation_of
from edge_app.face.landmark_layout import (
    INNER_CORNER,
    LOWER_LIP,
    OUTER_CORNER,
    PARTS,
    UPPER_LIP,
    stacked,
)
from edge_app.face.observation import FaceDetection, FaceObservation, Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.tracker import FaceTracker

Points = NDArray[np.float32]

_LEAST_EYE_DISTANCE_PX = 40.0
_AS_LARGE = 0.6
_MOST_YAW_DEG, _MOST_PITCH_DEG = 15.0, 20.0
_LEAST_APERTURE = 0.19
"""Gap between the lids in widths of the eye: narrow eyes that are open have some 0.25, shut ones below 0.15."""
_WIDEST_LIPS = 0.2
"""Gap between the lips in eye distances. A smile shows teeth; beyond it the jaw is down, and cannot be brought back."""
_NECK_FADES_FROM, _NECK_FADES_TO = 0.25, 0.8
"""Below the chin, in eye distances."""


def portrait_of(path: Path, perception: Perception) -> Portrait:
    """Raises `UserError` where the file is no picture, or its face cannot be animated."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise UserError(f"{path}: there is no picture that can be read; name a JPEG or PNG file")
    return cut_out(picture.astype(np.uint8, copy=False), perception, name=path.stem, where=path)


def cut_out(
    picture: NDArray[np.uint8], perception: Perception, *, name: str, where: Path
) -> Portrait:
    """picture: (H, W, 3) BGR. where: what an error names."""
    tracker = FaceTracker(perception, PerceptionSettings())
    face = None
    # A still is read three times, since each reading places the crop of the next.
    for step in range(3):
        face = tracker.step(Frame(picture, step / 30, step))
    if face is None:
        raise UserError(f"{where}: no face is found; use a photograph of one face seen from ahead")
    _check_alone(perception.detect(picture), where)
    points = stacked(face.landmarks).astype(np.float32)
    _check(face, points, where)
    right, left = _eye_middles(points)
    roll = math.atan2(float(left[1] - right[1]), float(left[0] - right[0]))
    pose = face.head_pose
    yaw, pitch, _ = rolled_angles(pose.yaw_rad, pose.pitch_rad, pose.roll_rad, -roll)
    rotation = rotation_of(yaw, pitch, 0.0).astype(np.float64)
    scale = EYE_DISTANCE_PX * float(rotation[0, 0]) / float(np.hypot(*(left - right)))
    return _on_canvas(
        picture, points, np.float32(0.5) * (right + left), roll, scale, rotation, name
    )


def _check_alone(faces: Sequence[FaceDetection], where: Path) -> None:
    """Smaller faces behind the person do not matter."""
    widths_px = [right - left for left, _, right, _ in (face.box for face in faces)]
    alike = sum(width_px >= _AS_LARGE * max(widths_px) for width_px in widths_px)
    if alike > 1:
        raise UserError(
            f"{where}: there are {alike} faces of about one size; use a photograph of one face"
        )


def _check(face: FaceObservation, points: Points, where: Path) -> None:
    right, left = _eye_middles(points)
    distance_px = float(np.hypot(*(left - right)))
    yaw_deg, pitch_deg = (
        math.degrees(face.head_pose.yaw_rad),
        math.degrees(face.head_pose.pitch_rad),
    )
    if distance_px < _LEAST_EYE_DISTANCE_PX:
        raise UserError(
            f"{where}: the face is too small ({distance_px:.0f} px between the eyes); "
            f"use a photograph with at least {_LEAST_EYE_DISTANCE_PX:.0f} px"
        )
    if abs(yaw_deg) > _MOST_YAW_DEG or abs(pitch_deg) > _MOST_PITCH_DEG:
        raise UserError(
            f"{where}: the head is turned too far (yaw {yaw_deg:.0f}, pitch {pitch_deg:.0f} degrees); use a photograph "
            f"within {_MOST_YAW_DEG:.0f} degrees of yaw and {_MOST_PITCH_DEG:.0f} of pitch"
        )
    for side in ("left", "right"):
        aperture = _aperture(points[PARTS[f"eyelid_{side}"]])
        if aperture < _LEAST_APERTURE:
            raise UserError(
                f"{where}: the {side} eye is shut or nearly so; use a photograph with both eyes open"
            )
    seen = face.visibility
    if seen is not None and min(seen.eye_left, seen.eye_right) < 0.5:
        raise UserError(f"{where}: the eyes are covered; use a photograph that shows both eyes")
    if seen is not None and seen.mouth < 0.5:
        raise UserError(f"{where}: the mouth is covered; use a photograph that shows it")
    lips = points[PARTS["lips_inner"]]
    gap = float(np.hypot(*(lips[LOWER_LIP] - lips[UPPER_LIP]))) / distance_px
    if gap > _WIDEST_LIPS:
        raise UserError(f"{where}: the mouth is open; use a photograph with a shut mouth")


def _aperture(lids: Points) -> float:
    """Mean gap of the middle third, in widths of the eye."""
    width = float(np.hypot(*(lids[OUTER_CORNER] - lids[INNER_CORNER])))
    gaps = np.linalg.norm(lids[[3, 4, 5]] - lids[[13, 12, 11]], axis=1)
    return float(gaps.mean()) / max(width, 1e-3)


def _eye_middles(points: Points) -> tuple[Points, Points]:
    """Of the driver's right and left eye: (2,) each."""
    right, left = (
        points[PARTS[f"eyelid_{side}"]][[OUTER_CORNER, INNER_CORNER]].mean(axis=0)
        for side in ("right", "left")
    )
    return right, left


def _on_canvas(
    picture: NDArray[np.uint8],
    points: Points,
    middle: Points,
    roll: float,
    scale: float,
    rotation: NDArray[np.float64],
    name: str,
) -> Portrait:
    turn = scale * np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    to_canvas = np.column_stack([turn, np.array(EYES_MIDDLE_PX) - turn @ middle])
    size = (CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX)
    if scale < 0.5:
        # Shrunk by area first: a map that leaves out pixels would alias.
        shrunk = cv2.resize(picture, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        ratio = np.array([picture.shape[1] / shrunk.shape[1], picture.shape[0] / shrunk.shape[0]])
        from_picture = np.column_stack([to_canvas[:, :2] * ratio, to_canvas[:, 2]])
    else:
        shrunk, from_picture = picture, to_canvas
    texture = cv2.warpAffine(
        shrunk, from_picture, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    ).astype(np.uint8, copy=False)
    inside = np.full(picture.shape[:2], 255, dtype=np.uint8)
    seen = cv2.warpAffine(inside, to_canvas, size, flags=cv2.INTER_NEAREST) > 127
    placed = (points @ turn.T + to_canvas[:, 2]).astype(np.float32)
    alpha = head_matte(texture, placed, seen)
    skin = _skin_of(texture, placed)
    texture = completed(texture, alpha, placed, seen, skin)
    texture, placed = with_shut_mouth(texture, placed)
    return Portrait(
        name=name,
        texture=texture,
        alpha=alpha * _above_neck(placed),
        points=placed,
        skin_bgr=skin,
        rotation=rotation,
        seen=seen,
    )


def _above_neck(points: Points) -> NDArray[np.float32]:
    """(H, 1): 1 down to the chin, fading out below."""
    chin = float(points[PARTS["oval"]][:, 1].max())
    rows = np.arange(CANVAS_HEIGHT_PX, dtype=np.float32)[:, None]
    start = chin + _NECK_FADES_FROM * EYE_DISTANCE_PX
    end = chin + _NECK_FADES_TO * EYE_DISTANCE_PX
    return np.asarray(np.clip((end - rows) / (end - start), 0.0, 1.0), dtype=np.float32)


def _skin_of(texture: NDArray[np.uint8], points: Points) -> NDArray[np.float32]:
    """Median colour of the face without eyes, brows and mouth."""
    mask = np.zeros(texture.shape[:2], dtype=np.uint8)
    oval = points[PARTS["oval"]]
    middle = oval.mean(axis=0)
    cv2.fillPoly(mask, [np.rint(middle + 0.8 * (oval - middle)).astype(np.int32)], 255)
    for part in ("eyelid_left", "eyelid_right", "brow_left", "brow_right", "lips_outer"):
        hull = cv2.convexHull(np.rint(points[PARTS[part]]).astype(np.int32))
        cv2.fillConvexPoly(mask, hull.astype(np.int32), 0)
        cv2.polylines(mask, [hull], True, 0, 13)
    return np.asarray(np.median(texture[mask > 0], axis=0), dtype=np.float32)
