"""What can be taken as known of a photograph before anything is drawn on it.

A teacher finds faces but labels no glasses. Faces that are surely bare are told apart by two stretches of smooth skin:
the bridge of the nose and below the eyes. Of all others nothing is claimed.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import VISIBILITY
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER
from model_compression.augmentation.canvas import Luma
from model_compression.augmentation.face_frame import FaceFrame

Floats = NDArray[np.float32]

# Found by looking at 157 photographs: of 39 faces below both, none wears glasses. Contrast over skin's own luma.
_BRIDGE_LINE, _LOWER_RIM = 0.05, 0.08
# Skin below the eyes this much darker than the cheeks is behind tinted lenses (measured: 0.71, 0.73; bare 0.87 up).
_TINTED = 0.8
# Width of the farther eye over the nearer: the nose begins to hide it, or hides it.
_FAR_DOUBTFUL, _FAR_HIDDEN = 0.3, 0.12
_PX_PER_UNIT = 40
_HALF_WIDTH, _TOP, _BOTTOM = 1.0, -0.4, 0.85  # of the face's middle, in eye distances
_STEP = 2
_SIDES = (("left", 1.0), ("right", -1.0))


def known_of_photograph(picture: Luma, frame: FaceFrame) -> Floats:
    """(8,) float32 in the order of `heads.VISIBILITY`: 1, 0, or NaN where nothing is known."""
    known = np.array([1, 1, 1, 1, np.nan, 0, 0, 0], dtype=np.float32)
    upright = _Upright(picture, frame)
    if _is_bare(upright, float(frame.local(frame.part("nose"))[0, 0])):
        known[VISIBILITY.index("glasses")] = 0
    elif _is_tinted(upright):
        for name in ("eye_left", "eye_right", "sunglasses"):
            known[VISIBILITY.index(name)] = np.nan
    widths = {side: sign * _eye_width(frame, side) for side, sign in _SIDES}
    near = max(max(widths.values()), 1e-3)
    for side, width in widths.items():
        if width < _FAR_DOUBTFUL * near:
            known[VISIBILITY.index(f"eye_{side}")] = 0 if width < _FAR_HIDDEN * near else np.nan
    return known


class _Upright:
    """The middle of a face, upright and at one scale whatever the picture's."""

    def __init__(self, picture: Luma, frame: FaceFrame) -> None:
        step = frame.unit_px / _PX_PER_UNIT
        right, down = frame.right * step, frame.down * step
        start = frame.at([(-_HALF_WIDTH, _TOP)])[0]
        self._patch = cv2.warpAffine(
            picture,
            np.array([[right[0], down[0], start[0]], [right[1], down[1], start[1]]]),
            (2 * round(_HALF_WIDTH * _PX_PER_UNIT), round((_BOTTOM - _TOP) * _PX_PER_UNIT)),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def rows(self, center: float, half: float, top: float, bottom: float) -> Floats:
        """Mean grey level of each row of a rectangle in eye distances, from top to bottom."""
        left, right = (round((center + x + _HALF_WIDTH) * _PX_PER_UNIT) for x in (-half, half))
        left = min(max(left, 0), self._patch.shape[1] - 1)
        high, low = (round((y - _TOP) * _PX_PER_UNIT) for y in (top, bottom))
        part = self._patch[high:low, left : max(right, left + 1)]
        return cv2.reduce(part, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]  # type: ignore[return-value]


def _is_bare(face: _Upright, nose_x: float) -> bool:
    rows = face.rows(nose_x, 0.1, -0.35, 0.4)
    line = np.abs(rows - cv2.blur(rows[:, None], (1, 11))[:, 0])[2:-2]
    if float(line.max()) >= _BRIDGE_LINE * (_middle(rows) + 10):
        return False
    steps = 0.0
    for _, sign in _SIDES:
        below = face.rows(0.5 * sign, 0.2, 0.2, 0.55)
        steps += float(np.abs(below[_STEP:] - below[:-_STEP]).max()) / (_middle(below) + 10)
    return steps / 2 < _LOWER_RIM


def _is_tinted(face: _Upright) -> bool:
    """Whether it is darker below both eyes than on the cheeks."""
    return all(
        _middle(face.rows(0.5 * sign, 0.3, 0.12, 0.3)) + 5
        < _TINTED * (_middle(face.rows(0.5 * sign, 0.12, 0.55, 0.8)) + 5)
        for _, sign in _SIDES
    )


def _middle(levels: Floats) -> float:
    return float(np.sort(levels)[len(levels) // 2])


def _eye_width(frame: FaceFrame, side: str) -> float:
    """px along the line of the eyes from the inner corner to the outer, to the picture's right."""
    lid = frame.part(f"eyelid_{side}")
    return float((lid[OUTER_CORNER] - lid[INNER_CORNER]) @ frame.right)
