"""How well a good camera's perception reads a driver: deviations and what shifts its readings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PerceptionNoise:
    """All a choice unless a source stands beside it. `*_std`: from frame to frame; `*_drift`: slow, over seconds."""

    openness_std: float = 0.03
    openness_drift: float = 0.025
    mouth_std: float = 0.02
    smile_std: float = 0.04
    pose_std_deg: float = 0.8
    pose_drift_deg: float = 0.8
    gaze_std_deg: float = 3.0
    gaze_drift_deg: float = 2.0
    aspect_ratio_std: float = 0.012
    # What perception says of its own deviation, against what it is: it is not surer than it should be.
    told_factor: float = 1.5
    # The gap of the lids narrows by 34 % when the eyes look down by 40 degrees, Read et al. 2006 (9.7 to 6.4 mm; read),
    # and seen from ahead the rest is foreshortened besides.
    lids_follow_per_deg: float = 0.022
    lids_follow_from_deg: float = 4.0
    # A face seen from above shows less of the eye.
    seen_from_above_per_deg: float = 0.006
    # The farther eye at 40 degrees.
    far_eye_loss: float = 0.12
    far_eye_std_factor: float = 2.5
