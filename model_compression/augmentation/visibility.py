"""What can still be judged on a face after something was put before it, by one rule for everything that is drawn.

A part is visible when the contrast that reaches the camera is on average at least 0.35 of the untouched one, and no
more than 40 % of it is lost (under glare, a rim, a hand). It is hidden when the contrast is below 0.2 or more than
half is lost; between the two people would disagree, and nothing is claimed. Measured on points spread over the part.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Canvas, Luma
from model_compression.augmentation.face_frame import FaceFrame

MIN_CONTRAST, HIDDEN_CONTRAST = 0.35, 0.2
MAX_LOST_SHARE, HIDDEN_LOST_SHARE = 0.4, 0.5
LOST = 0.2  # of the contrast: less is not seen at all
MIN_FACE_SHARE = 0.3  # of a face seen: less is not told as a face
_DROWNED = (0.35, 0.6)  # correlation: told by nobody below the first, by everybody above the second
_FLAT = (1.0, 2.0)  # grey levels, likewise


@dataclass(frozen=True, slots=True)
class Visible:
    """Left and right are the driver's own; None where people would disagree."""

    face: bool
    eye_left: bool | None
    eye_right: bool | None
    mouth: bool | None


def visible_parts(canvas: Canvas, frame: FaceFrame) -> Visible:
    face = frame.face_region()
    left, right, mouth = frame.eye_region("left"), frame.eye_region("right"), frame.mouth_region()
    seen = canvas.seen_at(np.concatenate([face, left, right, mouth]))
    ends = np.cumsum([len(face), len(left), len(right)])
    of_face, of_left, of_right, of_mouth = np.split(seen, ends)
    return Visible(
        face=bool(np.count_nonzero(of_face > LOST) >= MIN_FACE_SHARE * len(face)),
        eye_left=_judgeable(of_left),
        eye_right=_judgeable(of_right),
        mouth=_judgeable(of_mouth),
    )


def told_after(before: Luma, after: Luma) -> float:
    """Whether what could be seen before a degradation can still be told: 1, 0, or NaN between.

    Two pictures (H, W) of the same part, an eye or a mouth: what of the old contrast is left must exceed the noise
    and be more than a few grey levels. Blur and few pixels are the quality head's affair.
    """
    old, new = cv2.blur(before, (3, 3)), cv2.blur(after, (3, 3))
    old_deviation, new_deviation = (float(cv2.meanStdDev(one)[1][0, 0]) for one in (old, new))
    if old_deviation < 1:
        return float("nan")
    correlation = 0.0
    if new_deviation > 0:
        correlation = float(cv2.matchTemplate(new, old, cv2.TM_CCOEFF_NORMED)[0, 0])
    levels = correlation * new_deviation  # deviation of what is left of the old picture
    if correlation < _DROWNED[0] or levels < _FLAT[0]:
        return 0.0
    return 1.0 if correlation >= _DROWNED[1] and levels >= _FLAT[1] else float("nan")


def _judgeable(seen: NDArray[np.float32]) -> bool | None:
    contrast, lost = float(seen.mean()), np.count_nonzero(seen <= LOST) / len(seen)
    if contrast < HIDDEN_CONTRAST or lost > HIDDEN_LOST_SHARE:
        return False
    return True if contrast >= MIN_CONTRAST and lost <= MAX_LOST_SHARE else None
