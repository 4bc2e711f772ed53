"""A head's rotation as a matrix and as the three angles that Vigil uses, and the way from one to the other.

The head's own axes are x to the picture's right, y down, z away from the camera.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Rotation = NDArray[np.float32]  # (3, 3), columns: the head's axes in the picture's


def angles_of(rotation: Rotation) -> tuple[float, float, float]:
    """Yaw (to the picture's right), pitch (up), roll (clockwise), radians."""
    (x0, _, z0), (x1, _, z1), (_, _, z2) = rotation.tolist()
    yaw = math.atan2(-z0, z2)
    pitch = math.asin(max(-1.0, min(1.0, z1)))
    roll = math.atan2(x1, x0)
    return yaw, pitch, roll


def rotation_of(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Rotation:
    """The inverse of `angles_of`, for heads that face the camera's side (|yaw|, |pitch| < 90 degrees)."""
    # Plain numbers: numpy's small arrays would take ten times as long, once a frame.
    z0 = -math.sin(yaw_rad) * math.cos(pitch_rad)
    z1 = math.sin(pitch_rad)
    z2 = math.cos(yaw_rad) * math.cos(pitch_rad)
    x0, x1 = math.cos(roll_rad), math.sin(roll_rad)
    x2 = -(x0 * z0 + x1 * z1) / z2
    length = math.sqrt(x0 * x0 + x1 * x1 + x2 * x2)
    x0, x1, x2 = x0 / length, x1 / length, x2 / length
    y0, y1, y2 = z1 * x2 - z2 * x1, z2 * x0 - z0 * x2, z0 * x1 - z1 * x0
    return np.array([[x0, y0, z0], [x1, y1, z1], [x2, y2, z2]], dtype=np.float32)


def rolled(rotation: Rotation, roll_rad: float) -> Rotation:
    """`rotation` after the picture itself is turned clockwise by `roll_rad`."""
    cos, sin = math.cos(roll_rad), math.sin(roll_rad)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]], dtype=np.float32)
    return turn @ rotation


def rolled_angles(
    yaw_rad: float, pitch_rad: float, roll_rad: float, turn_rad: float
) -> tuple[float, float, float]:
    """The angles after the picture is turned clockwise by `turn_rad`: `angles_of(rolled(rotation_of(...)))`."""
    cos, sin = math.cos(turn_rad), math.sin(turn_rad)
    x = math.sin(yaw_rad) * math.cos(pitch_rad)
    y = -math.sin(pitch_rad)
    toward = math.cos(yaw_rad) * math.cos(pitch_rad)
    yaw = math.atan2(cos * x - sin * y, toward)
    pitch = -math.asin(max(-1.0, min(1.0, sin * x + cos * y)))
    return yaw, pitch, math.remainder(roll_rad + turn_rad, math.tau)
