"""A picture seen through a map of places: what each pixel of the result shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def resampled(
    picture: NDArray[np.uint8], place: NDArray[np.float32], *, smooth: bool = False
) -> NDArray[np.uint8]:
    """picture: (H, W, C up to 4); place: (h, w, 2) px, x and y -> (h, w, C). smooth: cubic, for what is done once."""
    how = cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR
    # OpenCV's own types do not know that the second map may be left out.
    seen = cv2.remap(picture, place, None, how, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    return np.asarray(seen, dtype=np.uint8)
