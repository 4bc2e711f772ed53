"""The length in which errors of a face's points are told: from the centre of one eye to that of the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.face.student_crops import anchors_of

_LEAST_OF_NOSE = 0.7  # half the eyes' distance of a face seen from the front, 0.6 of it in profile
_LEAST_PX = 1e-3


def eye_distance_px(points: NDArray[np.float32]) -> float:
    """points: (146, 2) px. As the picture shows it, which a turned head makes shorter, but not without end.

    At least 0.7 of the way from between the eyes to the base of the nose, which a head turned aside by more than
    about 55 degrees falls under: small errors of a profile would count without limit otherwise.
    """
    anchors = anchors_of(points)
    across = anchors.eye_left - anchors.eye_right
    down = anchors.nose_base - (anchors.eye_left + anchors.eye_right) / 2
    least = max(_LEAST_OF_NOSE * float(np.hypot(*down)), _LEAST_PX)
    return max(float(np.hypot(*across)), least)
