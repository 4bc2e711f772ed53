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
    forward = -rotation[:, 2]
    yaw = math.atan2(float(forward[0]), float(-forward[2]))
    pitch = math.asin(max(-1.0, min(1.0, float(-forward[1]))))
    roll = math.atan2(float(rotation[1, 0]), float(rotation[0, 0]))
    return yaw, pitch, roll


def rotation_of(yaw_rad: float, pitch_rad: float, roll_rad: float) -> Rotation:
    """The inverse of `angles_of`, for heads that face the camera's side (|yaw|, |pitch| < 90 degrees)."""
    z = -np.array(
        [
            math.sin(yaw_rad) * math.cos(pitch_rad),
            -math.sin(pitch_rad),
            -math.cos(yaw_rad) * math.cos(pitch_rad),
        ]
    )
    x = np.array([math.cos(roll_rad), math.sin(roll_rad), 0.0])
    x[2] = -(x[0] * z[0] + x[1] * z[1]) / z[2]
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1).astype(np.float32)


def rolled(rotation: Rotation, roll_rad: float) -> Rotation:
    """`rotation` after the picture itself is turned clockwise by `roll_rad`."""
    cos, sin = math.cos(roll_rad), math.sin(roll_rad)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]], dtype=np.float32)
    return turn @ rotation
