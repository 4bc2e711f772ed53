"""A bundle's eye part on a close-up of one eye, without a face to say where the eye is and how large.

The picture is shown at the scale that face crops give (an eye is half as wide as its picture), as it is and mirrored,
since nobody says of which side it is.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.open import open_bundle
from edge_app.bundle.sessions import open_parts
from edge_app.face.observation import Estimate
from edge_app.face.settings import MEDIAPIPE, PerceptionSettings
from edge_app.face.student_crops import EYE_HEIGHT_PX, EYE_WIDTH_PX, standardized
from edge_app.inference.session import Session

_HEADS = ("openness",)
_WIDTH_SHARE = (
    0.75  # of a close-up in an eye picture: in close-ups an eye fills some two thirds of the width
)


class LoneEyeReader(Protocol):
    """Reads an eye without its face."""

    def read_eye(self, luma: NDArray[np.uint8]) -> Estimate:
        """Openness of the one eye in the picture (H, W), whichever side it is of."""
        ...


def open_lone_eye(settings: PerceptionSettings) -> LoneEyeReader | None:
    """None where the perception has no part for eyes."""
    if settings.model == MEDIAPIPE:
        return None
    bundle = open_bundle(settings.model, require=_HEADS)
    opened = open_parts(bundle, ["eyes"], runtime=settings.runtime, threads=settings.threads)
    return BundleEye(opened.sessions["eyes"])


class BundleEye:
    """The part `eyes` of a bundle."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._input = np.empty((2, 1, EYE_HEIGHT_PX, EYE_WIDTH_PX), dtype=np.float32)

    def read_eye(self, luma: NDArray[np.uint8]) -> Estimate:
        picture = eye_picture(luma)
        self._input[0, 0] = standardized(picture)
        self._input[1] = self._input[0, :, :, ::-1]
        openness = self._session.run({"eyes": self._input})["openness"]  # (2, 2) value, log std
        return Estimate(float(openness[:, 0].mean()), float(np.exp(openness[:, 1]).max()))


def eye_picture(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) -> (48, 64), aspect kept, centred; what lies outside the close-up repeats its edge."""
    height, width = luma.shape
    scale = _WIDTH_SHARE * EYE_WIDTH_PX / width
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    excess = max(
        0, (size[1] - EYE_HEIGHT_PX) // 2
    )  # a close-up taller than wide shows more brow and cheek
    small = small[excess : excess + EYE_HEIGHT_PX]
    down, right = EYE_HEIGHT_PX - small.shape[0], EYE_WIDTH_PX - small.shape[1]
    return cv2.copyMakeBorder(  # type: ignore[return-value]
        small, down // 2, down - down // 2, right // 2, right - right // 2, cv2.BORDER_REPLICATE
    )
