"""How well a good camera's perception reads a driver: deviations, what it tells of them, and what shifts its readings.

Measured: the built-in bundle on three in-car and four webcam clips of 3 to 14 s (640x480 and larger, daylight). From
frame to frame (median of second differences) openness moved by 0.007 to 0.018, the mouth by 0.002 to 0.016, the head
by 0.07 to 0.43 degrees, gaze by 0.1 to 0.7 degrees, the aspect ratio by 0.005 to 0.011; it told deviations of 0.05 to
0.18 (openness; 0.05 to 0.09 of shut eyes), 0.02 to 0.09 (mouth), 0.02 to 0.11 (smile), 1.5 to 4.3 degrees (head), 4
to 12 degrees (gaze). Slow drifts cannot be told from people who move, and are a choice below the spread of the
calmest clips.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PerceptionNoise:
    """`*_std`: from frame to frame; `*_drift`: slow, over seconds; `told_*`: what perception says of its deviation."""

    openness_std: float = 0.018
    openness_drift: float = 0.03
    mouth_std: float = 0.01
    smile_std: float = 0.012
    pose_std_deg: float = 0.4
    pose_drift_deg: float = 0.8
    gaze_std_deg: float = 0.6
    gaze_drift_deg: float = 2.0
    aspect_ratio_std: float = 0.009
    # In deviations between two looks at one person (`edge_app.face.face_geometry`): from frame to frame, and within
    # a clip (`python -m benchmarks.face_geometry`).
    geometry_std: float = 0.13
    geometry_drift: float = 0.55
    glasses_logit_std: float = 0.4
    told_openness_std: float = 0.09
    told_shut_std: float = 0.06
    # More of eyes that look lower than they are, for each share of the opening that is lost (pictures of simulated
    # drivers: 0.09 to 0.2 of open eyes that look shut from the mirror).
    told_std_by_loss: float = 0.12
    told_mouth_std: float = 0.05
    told_smile_std: float = 0.06
    told_pose_std_deg: float = 2.0
    told_gaze_std_deg: float = 7.0
    # The gap of the lids narrows by 34 % when the eyes look down by 40 degrees, Read et al. 2006 (9.7 to 6.4 mm; read
    # in the abstract); seen from ahead it is foreshortened besides. The sum, and from where on, are a choice.
    lids_follow_per_deg: float = 0.022
    lids_follow_from_deg: float = 4.0
    # A face seen from above shows less of the eye (choice).
    seen_from_above_per_deg: float = 0.006
    # The farther eye at 40 degrees (choice; at 30 the clips show hardly a loss and 1.2 times the deviation).
    far_eye_loss: float = 0.05
    far_eye_std_factor: float = 1.6
