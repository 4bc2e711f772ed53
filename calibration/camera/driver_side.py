"""On which side of the vehicle the driver sits, guessed from what a camera can measure, and how sure that is.

Two things tell. A camera that is known to hang between the seats, or at the pillar beside the driver, sees a driver who
looks ahead face past it on one side. And the cabin is lopsided about the driver: up and inwards hangs a mirror, down
and inwards lies the console, while outwards there is a mirror low at the window; so glances say over time which side is
which. Seat belt and steering wheel would tell more; nothing here sees them.
"""

from __future__ import annotations

import math
from typing import Literal

from calibration.camera.gaze_zones import MODEL, Side

MountedAt = Literal["unknown", "steering_column", "dash_centre", "a_pillar", "mirror"]

_SURE_FROM = 0.95
_MOST_FROM_ONE_GLANCE = 1.0  # logarithm of odds: nobody's side is told by one glance
_MOST_LOG_ODDS = 6.0
_ASIDE_RAD = math.radians(10.0)  # from where on a camera stands aside, choice
_BY_MOUNT = math.log(0.98 / 0.02)  # choice: that the mount is as it was told


def side_by_mount(mounted_at: MountedAt, camera_yaw_rad: float) -> float:
    """Logarithm of the odds that the driver sits at the left; 0: the mount does not tell.

    camera_yaw_rad: of `Mounting`, the camera's direction from the driver's head, positive to the driver's left.
    """
    if abs(camera_yaw_rad) < _ASIDE_RAD or mounted_at not in ("dash_centre", "mirror", "a_pillar"):
        return 0.0
    inwards_is_left = camera_yaw_rad > 0
    if mounted_at == "a_pillar":  # the driver's own: the inside is the other side
        inwards_is_left = not inwards_is_left
    return -_BY_MOUNT if inwards_is_left else _BY_MOUNT


class DriverSide:
    """Adds up glances. The vehicle's side does not change, so nothing is forgotten."""

    def __init__(self) -> None:
        self._log_odds = 0.0

    def glance(self, to_left_rad: float, up_rad: float, std_rad: float = 0.0) -> None:
        """One glance off the road, where the head was farthest from it, in the vehicle's frame."""
        left = MODEL.turned_density(to_left_rad, up_rad, std_rad)
        right = MODEL.turned_density(-to_left_rad, up_rad, std_rad)
        told = math.log(left / right)
        told = max(-_MOST_FROM_ONE_GLANCE, min(_MOST_FROM_ONE_GLANCE, told))
        self._log_odds = max(-_MOST_LOG_ODDS, min(_MOST_LOG_ODDS, self._log_odds + told))

    def left_probability(self, by_mount: float = 0.0) -> float:
        """That the driver sits at the left. by_mount: of `side_by_mount`."""
        return 1.0 / (1.0 + math.exp(-(self._log_odds + by_mount)))


def side_of(left_probability: float) -> Side | None:
    """The side, where it is sure; None where it cannot be told."""
    if left_probability >= _SURE_FROM:
        return "left"
    return "right" if left_probability <= 1.0 - _SURE_FROM else None
