"""How open each eye looks to a camera: lids follow the eye down, and what is seen from above or aside looks narrower.

In: the courses of a driver and the head's angles against the camera. Out: gaps as shares of this driver's open eye.
"""

from __future__ import annotations

import numpy as np

from driver_simulator.driver.course import Values
from driver_simulator.driver.moment_courses import MomentCourses
from driver_simulator.driver.perception_noise import PerceptionNoise

_FAR_EYE_DEG = 40.0
_LEAST_LEFT = 0.05


def visible_gaps(
    courses: MomentCourses, yaw_rad: Values, pitch_rad: Values, noise: PerceptionNoise
) -> tuple[Values, Values]:
    """Left and right: 1 the open eye from ahead, 0 touching lids. This is why a glance down can read like a blink."""
    down_deg = np.maximum(-np.degrees(courses.gaze_pitch_rad) - noise.lids_follow_from_deg, 0.0)
    follows = np.maximum(1.0 - noise.lids_follow_per_deg * down_deg, _LEAST_LEFT)
    above_deg = np.maximum(-np.degrees(pitch_rad), 0.0)
    follows = follows * (1.0 - noise.seen_from_above_per_deg * above_deg)
    aside = np.degrees(yaw_rad) / _FAR_EYE_DEG
    # Turned to the picture's right, the driver's left eye is the farther one.
    left_loss = noise.far_eye_loss * np.clip(aside, 0.0, 1.5)
    right_loss = noise.far_eye_loss * np.clip(-aside, 0.0, 1.5)
    return (
        (1.0 - courses.closure_left) * follows * (1.0 - left_loss),
        (1.0 - courses.closure_right) * follows * (1.0 - right_loss),
    )


def far_eye_std_factors(yaw_rad: Values, noise: PerceptionNoise) -> tuple[Values, Values]:
    """Left and right: how much less sure perception is of each eye."""
    aside = np.degrees(yaw_rad) / _FAR_EYE_DEG
    more = noise.far_eye_std_factor - 1.0
    return 1.0 + more * np.clip(aside, 0.0, 2.0) ** 2, 1.0 + more * np.clip(-aside, 0.0, 2.0) ** 2
