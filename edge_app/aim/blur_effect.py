"""How blurred a face looks, whatever its light: how little a strong blur changes what is between its pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop

_SIDE_PX = 112  # what the part that reads the face sees; a smaller face is taken as it is
_LEAST_SIDE_PX = 24
_TAPS = 9


def blur_effect(image: NDArray[np.uint8], crop: FaceCrop) -> float | None:
    """0 sharp .. 1 blurred (Crete et al. 2007, The blur effect, eq. 1 to 6). image: (H, W[, 3]); crop: a wide one.

    Departs from the paper: the face's picture is shrunk to 112 px first, since more sharpness than that is not used.
    None of a face that is too small.
    """
    side_px = min(_SIDE_PX, int(crop.side_px))
    if side_px < _LEAST_SIDE_PX:
        return None
    cut = crop.cut(image, side_px)
    luma = cut if cut.ndim == 2 else cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    inside = slice(side_px // 5, side_px - side_px // 5)
    face = np.asarray(luma, dtype=np.float32)[inside, inside]
    return max(_along(face), _along(np.ascontiguousarray(face.T)))


def _along(face: NDArray[np.float32]) -> float:
    """Of the differences between neighbours in a row."""
    blurred = cv2.blur(face, (_TAPS, 1))
    differences = np.abs(np.diff(face, axis=1))
    kept = np.maximum(0.0, differences - np.abs(np.diff(blurred, axis=1)))
    total = float(differences.sum())
    return 1.0 if total <= 0.0 else 1.0 - float(kept.sum()) / total
