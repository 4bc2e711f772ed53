"""What is usual for one driver: the numbers against which everything else is judged.

Openness is on the scale common to all drivers, 0..1; angles are in the camera's frame, radians, with the signs of
`edge_app.driver_state.signals.Signals`.
"""

from __future__ import annotations

from dataclasses import dataclass

OPEN_EYE, SHUT_EYE = 0.85, 0.20
"""Openness of a typical wide-awake eye and of touching lids, whichever model read them: there is room beyond both."""


@dataclass(frozen=True, slots=True)
class EyeReference:
    """One eye. Lids follow the eye, so an open one is lower where head or gaze point down."""

    open: float = OPEN_EYE  # head straight, gaze level
    closed: float = SHUT_EYE
    open_per_head_pitch: float = 0.0  # openness per radian of head pitch from the forward direction
    open_per_gaze_down: float = 0.0  # openness lost per radian of gaze below level; 0 or more


@dataclass(frozen=True, slots=True)
class BlinkReference:
    """Mean and standard deviation of this driver's alert blinks, as `Blink` measures them."""

    blinks: int = 0  # on how many it rests
    amplitude_mean: float = 0.0  # closure units
    amplitude_std: float = 0.0
    duration_mean_s: float = 0.0
    duration_std_s: float = 0.0
    reopening_velocity_mean_per_s: float = 0.0  # closure units per second
    reopening_velocity_std_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DriverReferences:
    """One driver, with glasses or without."""

    left: EyeReference = EyeReference()
    right: EyeReference = EyeReference()
    mouth_resting: float | None = None  # openness, 0..1
    forward_yaw_rad: float | None = None
    forward_pitch_rad: float | None = None
    forward_gaze_yaw_rad: float | None = None  # of the eyes in the head, while it points forward
    forward_gaze_pitch_rad: float | None = None  # level; None where gaze is not read
    blinks: BlinkReference = BlinkReference()
