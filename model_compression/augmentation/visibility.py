"""What can still be judged on a face after something was put before it, by one rule for everything that is drawn.

A part is visible when the contrast that reaches the camera is on average at least 0.35 of the untouched one, and no
more than 40 % of it is lost (under glare, a rim, a hand). Measured on points spread over the part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Canvas
from model_compression.augmentation.face_frame import FaceFrame

MIN_CONTRAST = 0.35
MAX_LOST_SHARE = 0.40
LOST = 0.2  # of the contrast: less is not seen at all
MIN_FACE_SHARE = 0.3  # of a face seen: less is not told as a face
ORDER = ("face", "eye_left", "eye_right", "mouth", "glasses", "sunglasses", "mask", "hand")


@dataclass(frozen=True, slots=True)
class Visible:
    """Left and right are the driver's own."""

    face: bool
    eye_left: bool
    eye_right: bool
    mouth: bool


def visible_parts(canvas: Canvas, frame: FaceFrame) -> Visible:
    return Visible(
        face=float((canvas.seen_at(frame.face_region()) > LOST).mean()) >= MIN_FACE_SHARE,
        eye_left=_judgeable(canvas.seen_at(frame.eye_region("left"))),
        eye_right=_judgeable(canvas.seen_at(frame.eye_region("right"))),
        mouth=_judgeable(canvas.seen_at(frame.mouth_region())),
    )


def _judgeable(seen: NDArray[np.float32]) -> bool:
    return float(seen.mean()) >= MIN_CONTRAST and float((seen <= LOST).mean()) <= MAX_LOST_SHARE
