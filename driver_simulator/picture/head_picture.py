"""A drawn head: a window of the frame with its coverage, and where the face's points are now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class HeadPicture:
    """A window of the frame, clipped to it; (h, w) may be (0, 0) where the head is out of the frame."""

    bgr: NDArray[np.uint8]  # (h, w, 3), to be multiplied by alpha: not premultiplied
    alpha: NDArray[np.uint8]  # (h, w) 0..255
    left_px: int
    top_px: int
    points: NDArray[np.float32]  # (146, 2) px of the frame, after lids, mouth and pose
