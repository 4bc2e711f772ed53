"""What is seen between parted lips: a dark round cavity, the upper teeth's edge, a tongue, a hint of lower teeth.

In: the canvas and the inner lips where they are. Out: the canvas painted between them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.portrait import PX_PER_M
from driver_simulator.picture.skin import lip_lines
from edge_app.face.landmark_layout import PARTS

Floats = NDArray[np.float32]

PX_PER_MM = PX_PER_M / 1000
_LEAST_GAP_MM = 0.6
_DEEP = 0.1
"""Brightness of the throat, of the skin's."""
_UPPER_TEETH_MM, _LOWER_TEETH_MM = 7.5, 4.0
_LOWER_FROM_MM, _TONGUE_FROM_MM = 13.0, 11.0
_TOOTH_MM = 8.0
_LIP_SHADOW_MM = 3.0
_LIP_MM, _LIP_SHOWN = 2.4, 0.7
_RIM_PX = 7


class MouthPainter:
    """Between the lips of one person."""

    def __init__(self, texture: NDArray[np.uint8], points: Floats, skin_bgr: Floats) -> None:
        """texture: the canvas at rest, whose lips' colour is taken; points: (146, 2) px."""
        self._lip = _colour_of_lips(texture, points)
        level = float(skin_bgr.mean())
        grey = float(np.ptp(skin_bgr)) < 3
        red = (
            np.ones(3, dtype=np.float32) if grey else np.array([0.62, 0.55, 1.5], dtype=np.float32)
        )
        self._throat = (_DEEP * level * red).astype(np.float32)
        self._tongue = (0.55 * level * (0.6 + 0.4 * red)).astype(np.float32)
        pale = (
            np.ones(3, dtype=np.float32) if grey else np.array([0.8, 0.95, 1.02], dtype=np.float32)
        )
        self._tooth = np.minimum(1.05 * level * pale, 235).astype(np.float32)

    def paint(self, texture: NDArray[np.uint8], lips: Floats) -> None:
        """texture: (H, W, 3 or more); lips: (20, 2) px, the inner contour of the moved face."""
        low = np.floor(lips.min(axis=0)) - _RIM_PX
        high = np.ceil(lips.max(axis=0)) + _RIM_PX + 1
        left, top = (max(0, int(value)) for value in low)
        right = min(texture.shape[1], int(high[0]))
        bottom = min(texture.shape[0], int(high[1]))
        x = np.arange(left, right, dtype=np.float32)
        upper, lower = lip_lines(lips, x)
        gap_mm = float((lower - upper).max()) / PX_PER_MM
        if gap_mm < _LEAST_GAP_MM or right - left < 4 or bottom - top < 2:
            return
        y = np.arange(top, bottom, dtype=np.float32)[:, None]
        below, above = (y - upper) / np.float32(PX_PER_MM), (lower - y) / np.float32(PX_PER_MM)
        middle, half = (lips[0, 0] + lips[10, 0]) / 2, max(float(lips[10, 0] - lips[0, 0]) / 2, 1.0)
        aside = (x - middle) / np.float32(half)
        picture = np.broadcast_to(self._throat, (len(y), len(x), 3)).copy()
        self._add_tongue(picture, above, aside, gap_mm)
        self._add_teeth(picture, below, above, aside, half, gap_mm)
        # The lips keep light from what is right behind them, and from the corners.
        light = np.clip(np.minimum(below, above) / _LIP_SHADOW_MM, 0, 1) * 0.45 + 0.55
        light *= 1 - 0.6 * np.clip(np.abs(aside), 0, 1) ** 3
        picture *= light[..., None]
        opening = np.zeros((bottom - top, right - left), dtype=np.uint8)
        outline = np.rint((lips - (left, top)) * 16).astype(np.int32)
        window = texture[top:bottom, left:right, :3]
        self._draw_rim(window, outline, gap_mm)
        cv2.fillPoly(opening, [outline], 255, cv2.LINE_AA, 4)
        share = (cv2.blur(opening, (3, 3)).astype(np.float32) / 255)[..., None]
        window[:] = np.clip(window + (picture - window) * share, 0, 255).astype(np.uint8)

    def _draw_rim(
        self, window: NDArray[np.uint8], outline: NDArray[np.int32], gap_mm: float
    ) -> None:
        """Lips turned outwards along the sides, where stretched skin leaves none."""
        rim = np.zeros(window.shape[:2], dtype=np.uint8)
        thick = max(1, round(2 * _LIP_MM * PX_PER_MM))
        cv2.polylines(rim, [outline], True, 255, thick, cv2.LINE_AA, 4)
        share = cv2.blur(rim, (5, 5)).astype(np.float32) * np.float32(
            _LIP_SHOWN * min(1.0, gap_mm / 20) / 255
        )
        window[:] = window + (self._lip - window) * share[..., None]

    def _add_tongue(self, picture: Floats, above: Floats, aside: Floats, gap_mm: float) -> None:
        shown = float(np.clip((gap_mm - _TONGUE_FROM_MM) / 15, 0, 1))
        if shown == 0:
            return
        height = 0.42 * gap_mm * np.sqrt(np.clip(1 - (aside / 0.72) ** 2, 0, 1))
        over = np.clip((height - above) / 2.0, 0, 1) * shown
        # Nearer parts are lighter; a furrow runs along the middle.
        light = np.clip(1.05 - above / max(0.6 * gap_mm, 1), 0.25, 1) * (
            1 - 0.2 * np.exp(-((aside / 0.06) ** 2))
        )
        picture += (self._tongue * light[..., None] - picture) * over[..., None]

    def _add_teeth(
        self,
        picture: Floats,
        below: Floats,
        above: Floats,
        aside: Floats,
        half_px: float,
        gap_mm: float,
    ) -> None:
        across_mm = aside * np.float32(half_px / PX_PER_MM)
        between = 1 - 0.22 * np.exp(-((np.mod(across_mm, _TOOTH_MM) - _TOOTH_MM / 2) ** 2) / 0.5)
        round_ = np.sqrt(np.clip(1 - (aside / 1.02) ** 2, 0, 1))
        # A wide mouth's upper lip is drawn over part of the teeth.
        tall = _UPPER_TEETH_MM * float(np.interp(gap_mm, [0, 6, 20, 50], [0.5, 1.0, 1.0, 0.75]))
        row = np.clip((tall * (0.35 + 0.65 * round_) - below) / 0.9, 0, 1)
        shade = between * (0.5 + 0.5 * round_)
        picture += (self._tooth * shade[..., None] - picture) * row[..., None]
        shown = float(np.clip((gap_mm - _LOWER_FROM_MM) / 10, 0, 1))
        if shown > 0:
            row = (
                np.clip((_LOWER_TEETH_MM * round_ - above) / 0.9, 0, 1)
                * shown
                * (np.abs(aside) < 0.8)
            )
            picture += (self._tooth * (0.75 * shade)[..., None] - picture) * row[..., None]


def _colour_of_lips(texture: NDArray[np.uint8], points: Floats) -> Floats:
    mask = np.zeros(texture.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.rint(points[PARTS["lips_outer"]]).astype(np.int32)], 255)
    inner = np.rint(points[PARTS["lips_inner"]]).astype(np.int32)
    cv2.polylines(mask, [inner], True, 0, 3)
    return np.asarray(np.median(texture[mask > 0], axis=0), dtype=np.float32)
