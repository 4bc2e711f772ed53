"""What can be taken as known of a photograph before anything is drawn on it.

A teacher finds faces but labels no glasses. Faces that are surely bare are told apart by two stretches of smooth skin:
the bridge of the nose and below the eyes. Of all others nothing is claimed.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER
from model_compression.augmentation.canvas import Luma
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.visibility import ORDER

Floats = NDArray[np.float32]

# Found by looking at 157 photographs: of 47 faces below both, none wears glasses. Contrast over skin's own luma.
_BRIDGE_LINE, _LOWER_RIM = 0.05, 0.08
# Skin below the eyes this much darker than the cheeks is behind tinted lenses (measured: 0.71, 0.73; bare 0.87 up).
_TINTED = 0.8
# Width of the farther eye over the nearer: the nose begins to hide it, or hides it.
_FAR_DOUBTFUL, _FAR_HIDDEN = 0.3, 0.12
_SIDES = (("left", 1.0), ("right", -1.0))


def known_of_photograph(picture: Luma, frame: FaceFrame) -> Floats:
    """(8,) float32 in the order of `visibility.ORDER`: 1, 0, or NaN where nothing is known."""
    known = np.array([1, 1, 1, 1, np.nan, 0, 0, 0], dtype=np.float32)
    if _is_bare(picture, frame):
        known[ORDER.index("glasses")] = 0
    elif _is_tinted(picture, frame):
        for name in ("eye_left", "eye_right", "sunglasses"):
            known[ORDER.index(name)] = np.nan
    widths = {side: sign * _eye_width(frame, side) for side, sign in _SIDES}
    near = max(max(widths.values()), 1e-3)
    for side, width in widths.items():
        if width < _FAR_DOUBTFUL * near:
            known[ORDER.index(f"eye_{side}")] = 0 if width < _FAR_HIDDEN * near else np.nan
    return known


def _is_bare(picture: Luma, frame: FaceFrame) -> bool:
    nose_x = float(frame.local(frame.part("nose"))[0, 0])
    rows = _row_means(picture, frame, (nose_x - 0.1, nose_x + 0.1), (-0.35, 0.4), 30)
    around = cv2.blur(rows[:, None], (1, 11))[:, 0]
    bridge = np.abs(rows - around)[2:-2].max() / (np.median(rows) + 10)
    if bridge >= _BRIDGE_LINE:
        return False
    steps = []
    for _, sign in _SIDES:
        below = _row_means(picture, frame, (0.5 * sign - 0.2, 0.5 * sign + 0.2), (0.2, 0.55), 20)
        steps.append(float(np.abs(below[2:] - below[:-2]).max() / (np.median(below) + 10)))
    return sum(steps) / 2 < _LOWER_RIM


def _is_tinted(picture: Luma, frame: FaceFrame) -> bool:
    """Whether it is darker below both eyes than on the cheeks."""
    for _, sign in _SIDES:
        lens = _row_means(picture, frame, (0.5 * sign - 0.3, 0.5 * sign + 0.3), (0.12, 0.3), 6)
        cheek = _row_means(picture, frame, (0.5 * sign - 0.12, 0.5 * sign + 0.12), (0.55, 0.8), 4)
        if np.median(lens) + 5 >= _TINTED * (np.median(cheek) + 5):
            return False
    return True


def _row_means(
    picture: Luma,
    frame: FaceFrame,
    across: tuple[float, float],
    down: tuple[float, float],
    rows: int,
) -> Floats:
    """(rows,) mean grey level along lines across a rectangle of the face's frame, in eye distances."""
    x, y = np.linspace(*across, 9), np.linspace(*down, rows)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    at = frame.at(grid).reshape(rows, 9, 2)
    patch = cv2.remap(
        picture, at[:, :, 0], at[:, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(patch.mean(axis=1), dtype=np.float32)


def _eye_width(frame: FaceFrame, side: str) -> float:
    """px along the line of the eyes from the inner corner to the outer, to the picture's right."""
    lid = frame.part(f"eyelid_{side}")
    return float((lid[OUTER_CORNER] - lid[INNER_CORNER]) @ frame.right)
