"""Where the things are that a driver looks at, as seen from the driver's eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from driver_simulator.driver.statistics import DrawnTarget
from driver_simulator.scenario.behaviours import Target

DriverSide = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Direction:
    """Against the way ahead, degrees: yaw to the driver's left (the picture's right), pitch up."""

    yaw_deg: float
    pitch_deg: float


_OWN_MIRROR, _FAR_MIRROR = Direction(42.0, -8.0), Direction(-58.0, -8.0)
_OWN_WINDOW, _FAR_WINDOW = Direction(75.0, -3.0), Direction(-70.0, -4.0)
_OWN_SHOULDER, _FAR_SHOULDER = Direction(118.0, -5.0), Direction(-118.0, -5.0)
_LEFT_HAND_DRIVE: dict[Target, Direction] = {
    "left_mirror": _OWN_MIRROR,
    "right_mirror": _FAR_MIRROR,
    "rear_mirror": Direction(-38.0, 12.0),
    "cluster": Direction(0.0, -22.0),
    "console": Direction(-28.0, -28.0),
    "lap": Direction(-4.0, -48.0),
    "left_window": _OWN_WINDOW,
    "right_window": _FAR_WINDOW,
    "over_left_shoulder": _OWN_SHOULDER,
    "over_right_shoulder": _FAR_SHOULDER,
    "passenger": Direction(-62.0, -8.0),
}
"""A choice, modelled on a passenger car: no vehicle was measured."""

_OTHER_SIDE: dict[Target, Target] = {
    "left_mirror": "right_mirror",
    "right_mirror": "left_mirror",
    "left_window": "right_window",
    "right_window": "left_window",
    "over_left_shoulder": "over_right_shoulder",
    "over_right_shoulder": "over_left_shoulder",
}
PHONE_HELD_UP = Direction(6.0, -30.0)
"""Before the chest (choice)."""


def direction_of(target: Target, driver_side: DriverSide) -> Direction:
    """On the right-hand seat everything lies mirrored, and left and right change their names."""
    if driver_side == "left":
        return _LEFT_HAND_DRIVE[target]
    mirrored = _LEFT_HAND_DRIVE[_OTHER_SIDE.get(target, target)]
    return Direction(-mirrored.yaw_deg, mirrored.pitch_deg)


def target_of(drawn: DrawnTarget, driver_side: DriverSide) -> Target:
    """The vehicle's name for what the statistics name by the driver's side."""
    if drawn == "own_mirror":
        return "left_mirror" if driver_side == "left" else "right_mirror"
    if drawn == "far_mirror":
        return "right_mirror" if driver_side == "left" else "left_mirror"
    return drawn
