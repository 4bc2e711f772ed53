"""How a camera is mounted: from directions as it sees them to directions in the vehicle.

Angles are radians with the signs of `edge_app.driver_state.signals.Signals`: in the camera's frame yaw is positive
towards the picture's right edge, pitch upwards, roll clockwise in the picture. In the vehicle's frame 0, 0 is the way
ahead and yaw is positive towards the driver's left hand: a camera in front of the driver sees both alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rotation = NDArray[np.float64]  # (3, 3)

_STEEPEST_RAD = math.radians(85.0)


@dataclass(frozen=True, slots=True)
class Mounting:
    """The line from the driver's head to the camera, against the way ahead, and how the camera is tilted about it."""

    yaw_rad: float  # positive: to the driver's left
    pitch_rad: float  # positive: above the head
    roll_rad: float = 0.0  # clockwise, as what the camera shows would have to be turned back

    @property
    def rotation(self) -> Rotation:
        """From the camera's axes (right, down, away) to the vehicle's (the driver's left, down, back)."""
        yaw_cos, yaw_sin = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        pitch_cos, pitch_sin = math.cos(self.pitch_rad), math.sin(self.pitch_rad)
        roll_cos, roll_sin = math.cos(self.roll_rad), math.sin(self.roll_rad)
        turn = np.array([[yaw_cos, 0, -yaw_sin], [0, 1, 0], [yaw_sin, 0, yaw_cos]])
        nod = np.array([[1, 0, 0], [0, pitch_cos, pitch_sin], [0, -pitch_sin, pitch_cos]])
        tilt = np.array([[roll_cos, roll_sin, 0], [-roll_sin, roll_cos, 0], [0, 0, 1]])
        rotation: Rotation = turn @ nod @ tilt
        return rotation

    def in_vehicle(self, yaw_rad: float, pitch_rad: float) -> tuple[float, float]:
        """A direction of the camera's frame -> yaw and pitch in the vehicle's."""
        return _angles(self.rotation @ _axis(yaw_rad, pitch_rad))

    def in_camera(self, yaw_rad: float, pitch_rad: float) -> tuple[float, float]:
        """The inverse of `in_vehicle`."""
        return _angles(self.rotation.T @ _axis(yaw_rad, pitch_rad))


def mounting_of(
    forward_yaw_rad: float, forward_pitch_rad: float, roll_rad: float = 0.0
) -> Mounting | None:
    """The mounting of a camera that sees the driver face that way while the driver looks ahead.

    A direction leaves the camera's roll open, so it is told; 0: it stands upright. None for a direction that no camera
    in a cabin sees: straight from above or below, or from behind.
    """
    if max(abs(forward_yaw_rad), abs(forward_pitch_rad)) > _STEEPEST_RAD:
        return None
    x, y, z = _axis(forward_yaw_rad, forward_pitch_rad)
    cos, sin = math.cos(roll_rad), math.sin(roll_rad)
    x, y = cos * x + sin * y, -sin * x + cos * y
    if z <= 0.0:
        return None
    yaw_rad = math.asin(max(-1.0, min(1.0, float(x))))
    return Mounting(yaw_rad, math.atan2(-float(y), float(z)), roll_rad)


def _axis(yaw_rad: float, pitch_rad: float) -> NDArray[np.float64]:
    """Unit vector out of the back of a head that faces there."""
    return np.array(
        [
            -math.sin(yaw_rad) * math.cos(pitch_rad),
            math.sin(pitch_rad),
            math.cos(yaw_rad) * math.cos(pitch_rad),
        ]
    )


def _angles(axis: NDArray[np.float64]) -> tuple[float, float]:
    x, y, z = axis.tolist()
    return math.atan2(-x, z), math.asin(max(-1.0, min(1.0, y)))
