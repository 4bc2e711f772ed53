"""Half a second of attentive driving: what can be learned from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttentiveMoment:
    """Medians over the half second; None where a signal was not read. Angles in the camera's frame, radians."""

    t_s: float
    left: float | None  # openness
    right: float | None
    mouth: float | None  # openness
    yaw_rad: float
    pitch_rad: float
    pitch_from_forward_rad: float
    gaze_yaw_rad: float | None
    gaze_pitch_rad: float | None
    blinks_can_be_timed: bool
