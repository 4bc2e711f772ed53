"""A mouth opened by moving what lies below the lips' line down and darkening the gap: enough to cross a threshold.

For traces on which two models are compared; not for training, where the truth of a mouth must be real.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import PARTS
from edge_app.face.student_crops import Luma

Floats = NDArray[np.float32]

_WIDEST_GAP = 0.55  # in widths of the mouth
_FADES_BELOW = 1.6  # in widths of the mouth: there the skin stays where it is
_INSIDE_LUMA = 0.35  # of the lips'


def with_open_mouth(picture: Luma, points: Floats, openness: float) -> Luma:
    """picture: (H, W) with the face upright; points: (146, 2) px; openness: 0 leaves it, 1 is a yawn's."""
    if openness <= 0.02:
        return picture
    lips = points[PARTS["lips_inner"]]
    left, right = float(lips[:, 0].min()), float(lips[:, 0].max())
    width = max(right - left, 4.0)
    line = float(lips[:, 1].mean())
    height, columns_px = picture.shape
    columns, rows = np.meshgrid(
        np.arange(columns_px, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    across = (columns - (left + right) / 2) / (0.5 * width)
    gap = openness * _WIDEST_GAP * width * np.sqrt(np.clip(1 - across**2, 0, 1))
    pulled = openness * _WIDEST_GAP * width * np.exp(-0.5 * (across / 1.2) ** 2)
    below = rows - line
    fade = np.clip(1 - (below - pulled) / (_FADES_BELOW * width), 0, 1)
    source = np.where(below > 0, rows - np.minimum(pulled * fade, below), rows)
    moved = cv2.remap(
        picture,
        columns,
        source.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)
    inside = np.clip(np.minimum(below, gap - below) + 0.5, 0, 1)
    y, x = int(np.clip(line, 0, height - 1)), int(np.clip((left + right) / 2, 0, columns_px - 1))
    dark = _INSIDE_LUMA * float(picture[y, x])
    opened: Luma = np.clip(moved + inside * (dark - moved) + 0.5, 0, 255).astype(np.uint8)
    return opened
