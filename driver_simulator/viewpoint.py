"""Where the camera stands against the driver, and how head and eyes are turned as seen from there.

Axes as in `edge_app.face.head_rotation`: x to the right of a picture taken from ahead, y down, z away from the camera.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.scenario.viewing import Position

Rotation = NDArray[np.float64]  # (3, 3), columns: the turned axes
DriverSide = Literal["left", "right"]

MOUNTING_DEG: dict[Position, tuple[float, float]] = {
    "steering_column": (0.0, -14.0),
    "dash_centre": (-24.0, -8.0),
    "a_pillar": (28.0, 0.0),
    "mirror": (-26.0, 14.0),
}
"""Azimuth and elevation of the line from the face to the camera against the way ahead, for a driver on the left.

Azimuth is positive towards the driver's left (the right edge of a picture from ahead), elevation upwards. On the right
side of the vehicle the azimuth changes its sign.
"""


def turned(yaw_rad: float, pitch_rad: float, roll_rad: float = 0.0) -> Rotation:
    """Tilted by roll, then nodded by pitch, then turned by yaw; any angles. Signs as in `Signals`."""
    yaw_cos, yaw_sin = math.cos(yaw_rad), math.sin(yaw_rad)
    pitch_cos, pitch_sin = math.cos(pitch_rad), math.sin(pitch_rad)
    roll_cos, roll_sin = math.cos(roll_rad), math.sin(roll_rad)
    turn = np.array([[yaw_cos, 0, -yaw_sin], [0, 1, 0], [yaw_sin, 0, yaw_cos]])
    nod = np.array([[1, 0, 0], [0, pitch_cos, pitch_sin], [0, -pitch_sin, pitch_cos]])
    tilt = np.array([[roll_cos, -roll_sin, 0], [roll_sin, roll_cos, 0], [0, 0, 1]])
    axes: Rotation = turn @ nod @ tilt
    return axes


def camera_axes(position: Position, driver_side: DriverSide = "left") -> Rotation:
    """The axes of a head that would look straight into the camera."""
    azimuth_deg, elevation_deg = MOUNTING_DEG[position]
    side = 1.0 if driver_side == "left" else -1.0
    return turned(math.radians(side * azimuth_deg), math.radians(elevation_deg))


def head_in_camera(moment: DriverMoment, camera: Rotation) -> Rotation:
    """The head's axes as the camera sees them; `angles_of` tells yaw, pitch and roll. camera: of `camera_axes`."""
    head = turned(moment.head_yaw_rad, moment.head_pitch_rad, moment.head_roll_rad)
    seen: Rotation = camera.T @ head
    return seen


def gaze_against_ahead(moment: DriverMoment) -> tuple[float, float]:
    """Yaw and pitch of the line of sight against the way ahead, radians."""
    return _direction(_eyes(moment))


def gaze_in_camera(moment: DriverMoment, camera: Rotation) -> tuple[float, float]:
    """Yaw and pitch of the line of sight as the camera sees it, radians; 0, 0 looks into the lens."""
    return _direction(camera.T @ _eyes(moment))


def _eyes(moment: DriverMoment) -> Rotation:
    head = turned(moment.head_yaw_rad, moment.head_pitch_rad, moment.head_roll_rad)
    axes: Rotation = head @ turned(moment.gaze_yaw_rad, moment.gaze_pitch_rad)
    return axes


def _direction(axes: Rotation) -> tuple[float, float]:
    z = axes[:, 2]
    return math.atan2(-z[0], z[2]), math.asin(max(-1.0, min(1.0, float(z[1]))))
