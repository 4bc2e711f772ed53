"""Blurring and enlarging of pictures in floating point: a frame of OpenCV's functions that keeps the kind of number."""

from __future__ import annotations

import cv2
import numpy as np

from driver_simulator.picture.solids import Array


def softened(picture: Array, sigma_px: float, sigma_down_px: float = 0.0) -> Array:
    """Blurred by a Gaussian; `sigma_down_px` where it is another from top to bottom."""
    if sigma_px <= 0:
        return picture
    return np.asarray(
        cv2.GaussianBlur(picture, (0, 0), sigma_px, sigmaY=sigma_down_px), dtype=np.float32
    )


def stretched(picture: Array, size_px: tuple[int, int]) -> Array:
    """As large as `size_px` (width, height), smooth in between."""
    return np.asarray(
        cv2.resize(picture, size_px, interpolation=cv2.INTER_LINEAR), dtype=np.float32
    )
