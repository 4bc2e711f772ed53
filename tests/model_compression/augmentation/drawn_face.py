"""A drawn face of any size, turn and roll, whose 146 points are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import COUNT, PARTS

SKIN, HAIR, WALL = 150, 40, 90


@dataclass(frozen=True, slots=True)
class DrawnFace:
    """picture: (H, W) uint8; points: (146, 2) px in the order of `landmark_layout`."""

    picture: NDArray[np.uint8]
    points: NDArray[np.float32]


def drawn_face(
    *,
    size_px: int = 224,
    eye_distance_px: float = 60.0,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    center: tuple[float, float] = (0.5, 0.42),
) -> DrawnFace:
    """center: between the eyes, in sides of the picture."""
    solid = _solid()
    yaw, roll = math.radians(yaw_deg), math.radians(roll_deg)
    turned = solid[:, 0] * math.cos(yaw) + solid[:, 2] * math.sin(yaw)
    flat = np.stack([turned, solid[:, 1]], axis=1)
    turn = np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    points = (eye_distance_px * flat @ turn + np.array(center) * size_px).astype(np.float32)
    return DrawnFace(_picture(points, size_px, eye_distance_px), points)


def _solid() -> NDArray[np.float64]:
    """(146, 3) eye distances: x to the picture's right, y down, z towards the camera."""
    points = np.zeros((COUNT, 3))
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    points[PARTS["oval"]] = np.stack(
        [1.15 * np.sin(turn), 0.45 - 1.5 * np.cos(turn), np.full(36, -0.6)], axis=1
    )
    for side, sign in (("left", 1.0), ("right", -1.0)):
        angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        points[PARTS[f"eyelid_{side}"]] = np.stack(
            [
                sign * (0.5 + 0.22 * np.cos(angle)),
                0.09 * np.sin(angle),
                -0.1 - 0.13 * np.cos(angle),  # outer corners lie further back
            ],
            axis=1,
        )
        rim = np.array([(0, 0), (1, 0), (0, -1), (-1, 0), (0, 1)]) * 0.09
        points[PARTS[f"iris_{side}"]] = np.column_stack([rim, np.full(5, -0.1)])
        points[PARTS[f"iris_{side}"], 0] += sign * 0.5
        brow = np.linspace(0.25, 0.8, 5)
        points[PARTS[f"brow_{side}"]] = np.concatenate(
            [
                np.stack([sign * brow, np.full(5, -0.3), np.full(5, 0.05)], axis=1),
                np.stack([sign * brow, np.full(5, -0.38), np.full(5, 0.05)], axis=1),
            ]
        )
    around = np.arange(20) * (2 * np.pi / 20)
    for name, half_width, half_height in (("lips_outer", 0.4, 0.16), ("lips_inner", 0.32, 0.06)):
        points[PARTS[name]] = np.stack(
            [
                -half_width * np.cos(around),
                1.12 + half_height * np.sin(around),
                np.full(20, 0.15),
            ],
            axis=1,
        )
    nose = np.linspace(0, 1, 8)
    points[PARTS["nose"]] = np.stack(
        [np.zeros(8), 0.716 * nose, 0.1 + 0.45 * np.sin(np.pi * nose * 0.75)], axis=1
    )
    return points


def _picture(
    points: NDArray[np.float32], size_px: int, eye_distance_px: float
) -> NDArray[np.uint8]:
    picture = np.full((size_px, size_px), WALL, dtype=np.uint8)

    def fill(name: str, luma: int) -> None:
        cv2.fillPoly(picture, [np.rint(points[PARTS[name]]).astype(np.int32)], luma)

    fill("oval", SKIN)
    for side in ("left", "right"):
        fill(f"eyelid_{side}", 230)
        x, y = points[PARTS[f"iris_{side}"]][0]
        cv2.circle(picture, (round(float(x)), round(float(y))), int(0.09 * eye_distance_px), 30, -1)
        brow = np.rint(points[PARTS[f"brow_{side}"]][:5]).astype(np.int32)
        cv2.polylines(picture, [brow], False, HAIR, max(1, int(0.08 * eye_distance_px)))
    fill("lips_outer", 100)
    fill("lips_inner", 50)
    return picture
