"""Can this face be judged at all? Exposure, sharpness and size of the face in the frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.driver_state.signals import Unavailable
from edge_app.face.crop import FaceCrop
from edge_app.face.settings import PerceptionSettings

_CROP_PX = 112
_FACE_IN_CROP = slice(_CROP_PX // 5, _CROP_PX - _CROP_PX // 5)  # the crop is wider than the face
_SATURATED = 250
_BRIGHT_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class ImageQuality:
    """Of the face's region. What a perception does not tell is None."""

    bright_luma: float  # 0..255, 90th percentile
    saturated_share: float  # 0..1
    eye_distance_px: float
    sharpness: float | None = None  # variance of the Laplacian on 112 px
    blur_px: float | None = None  # standard deviation of an equal Gaussian, in px of a 112 px crop

    def fault(self, settings: PerceptionSettings) -> Unavailable | None:
        """What makes the face impossible to judge, the gravest first."""
        if self.bright_luma < settings.min_face_luma:
            return Unavailable.TOO_DARK
        if self.saturated_share > settings.max_saturated_share:
            return Unavailable.OVEREXPOSED
        if self.sharpness is not None and self.sharpness < settings.min_sharpness:
            return Unavailable.BLURRED
        if self.blur_px is not None and not self.blur_px <= settings.max_blur_px:
            return Unavailable.BLURRED
        if self.eye_distance_px < settings.min_eye_distance_px:
            return Unavailable.LOW_RESOLUTION
        return None


def measure_quality(
    image: NDArray[np.uint8], crop: FaceCrop, eye_distance_px: float
) -> ImageQuality:
    """image: (H, W[, 3]); `crop` is a wide one, whose middle three fifths are face."""
    cut = crop.cut(image, _CROP_PX)
    luma = cut if cut.ndim == 2 else cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    face = luma[_FACE_IN_CROP, _FACE_IN_CROP]
    _, deviation = cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_32F))
    bright_luma, saturated_share = exposure_of(face)  # type: ignore[arg-type]
    return ImageQuality(
        bright_luma=bright_luma,
        saturated_share=saturated_share,
        eye_distance_px=eye_distance_px,
        sharpness=float(deviation[0, 0]) ** 2,
    )


def exposure_of(face: NDArray[np.uint8]) -> tuple[float, float]:
    """The 90th percentile of luma, and the share of saturated pixels. face: any shape."""
    counts = cv2.calcHist([face], [0], None, [256], [0, 256]).ravel().cumsum()
    bright = counts.searchsorted(int(face.size * _BRIGHT_SHARE), side="right")
    return float(bright), 1.0 - float(counts[_SATURATED - 1]) / face.size
