"""Smooth small text on a picture, without a font file: OpenCV's strokes drawn large, shrunk once, and kept."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]  # BGR

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_OVERSIZE = 4


@lru_cache(maxsize=2048)
def text_mask(text: str, cap_px: int, bold: bool = False) -> NDArray[np.uint16]:
    """Coverage 0..256 of `text` (rows, columns, 1); capitals begin `margin_px` below the first row."""
    # OpenCV 4 knows ASCII only.
    text = text.encode("ascii", "replace").decode("ascii")
    scale, thickness, capital_top, capital_bottom = _face(cap_px, bold)
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, thickness)
    above, below = _OVERSIZE * margin_px(cap_px), _OVERSIZE * (margin_px(cap_px) + cap_px // 3)
    large = np.zeros((above + capital_bottom - capital_top + below, width + thickness), np.uint8)
    baseline = above + capital_bottom - capital_top
    cv2.putText(large, text, (0, baseline), _FONT, scale, 255, thickness, cv2.LINE_AA)
    size = (max(1, large.shape[1] // _OVERSIZE), max(1, large.shape[0] // _OVERSIZE))
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
    return (small.astype(np.uint16) + 1)[:, :, None] & np.uint16(0x1FE)


def margin_px(cap_px: int) -> int:
    """Room above the capitals for letters that rise higher."""
    return max(1, cap_px // 4)


@lru_cache(maxsize=64)
def _face(cap_px: int, bold: bool) -> tuple[float, int, int, int]:
    """Font scale, stroke thickness, and the rows between which a capital H then stands."""
    thickness = max(1, round(cap_px * _OVERSIZE * (0.19 if bold else 0.13)))
    rows = _capital_rows(1.0, thickness)
    scale = cap_px * _OVERSIZE / max(1, rows[1] - rows[0])
    return scale, thickness, *_capital_rows(scale, thickness)


def _capital_rows(scale: float, thickness: int) -> tuple[int, int]:
    probe = np.zeros((round(80 * scale) + 40, round(80 * scale) + 40), np.uint8)
    baseline = probe.shape[0] * 3 // 4
    cv2.putText(probe, "H", (4, baseline), _FONT, scale, 255, thickness)
    inked = np.flatnonzero(probe.any(axis=1))
    return int(inked[0]), baseline


def text_width_px(text: str, cap_px: int, bold: bool = False) -> int:
    return int(text_mask(text, cap_px, bold).shape[1])


def fitting_cap_px(text: str, cap_px: int, width_px: int, bold: bool = False) -> int:
    """The largest capital height up to `cap_px` at which `text` fits into `width_px`; never below 6."""
    while cap_px > 6 and text_width_px(text, cap_px, bold) > width_px:
        cap_px -= 1
    return cap_px


def write_text(
    image: NDArray[np.uint8],
    text: str,
    x_px: int,
    y_px: int,
    cap_px: int,
    color: Color,
    bold: bool = False,
) -> None:
    """Write with the top left corner of the capitals at (x_px, y_px); what falls outside is cut off."""
    mask = text_mask(text, cap_px, bold)
    y_px -= margin_px(cap_px)
    top, left = max(0, -y_px), max(0, -x_px)
    patch = image[max(0, y_px) : y_px + mask.shape[0], max(0, x_px) : x_px + mask.shape[1]]
    if y_px + mask.shape[0] <= 0 or x_px + mask.shape[1] <= 0 or patch.size == 0:
        return
    mask = mask[top : top + patch.shape[0], left : left + patch.shape[1]]
    ink = np.array(color, np.uint16)
    patch[:] = (patch * (256 - mask) + ink * mask) >> 8
