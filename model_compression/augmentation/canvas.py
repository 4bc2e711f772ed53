"""A picture under the brush: what is painted over the face also lowers how much of the face is still seen.

In: luma uint8 and shapes in picture px. Out: the changed copy, and `seen`, from which labels are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SUBPIXEL_BITS = 4
_FAR_PX = 8000.0  # OpenCV's polygons overflow on wilder coordinates


@dataclass(frozen=True, slots=True)
class Box:
    """Whole pixels inside the picture."""

    left: int
    top: int
    width: int
    height: int

    @property
    def origin(self) -> Floats:
        return np.array([self.left, self.top], dtype=np.float32)


class Canvas:
    """`picture` (H, W) uint8 is a copy; `seen` (H, W) uint8 is 255 where the scene's contrast is untouched."""

    def __init__(self, picture: Luma) -> None:
        self.picture: Luma = picture.copy()
        self.seen: Luma = np.full(picture.shape, 255, dtype=np.uint8)

    def box(self, points: Floats, margin_px: float = 2.0) -> Box | None:
        """Around points (N, 2) px; None where nothing of it lies in the picture."""
        height, width = self.picture.shape
        low = np.clip(np.floor(points.min(axis=0) - margin_px), -1, _FAR_PX)
        high = np.clip(np.ceil(points.max(axis=0) + margin_px) + 1, -1, _FAR_PX)
        left, top = max(int(low[0]), 0), max(int(low[1]), 0)
        right, bottom = min(int(high[0]), width), min(int(high[1]), height)
        if right <= left or bottom <= top:
            return None
        return Box(left, top, right - left, bottom - top)

    def paint(self, box: Box, alpha: Luma, value: float | Floats | Luma) -> None:
        """alpha (h, w): 255 hides what is below. value: grey level(s) 0..255, one or (h, w)."""
        picture, seen = self._views(box)
        keep = (255 - alpha).astype(np.float32) * np.float32(1 / 255)
        painted = picture * keep
        painted += (1 - keep) * np.float32(value) if np.isscalar(value) else (1 - keep) * value
        _store(painted, picture)
        _store(seen * keep, seen)

    def filter(self, box: Box, transmission: Floats, veil: Floats | float = 0.0) -> None:
        """Grey levels become `transmission * level + veil`; (h, w) each."""
        picture, seen = self._views(box)
        _store(picture * transmission + veil, picture)
        _store(seen * np.minimum(transmission, np.float32(1.0)), seen)

    def shade(self, box: Box, factor: Floats) -> None:
        """Light and shadow on the face: darker, yet nothing stands before it."""
        picture, _ = self._views(box)
        _store(picture * factor, picture)

    def region(self, box: Box) -> Luma:
        return self._views(box)[0]

    def seen_at(self, points: Floats) -> Floats:
        """points (N, 2) px -> (N,) share of contrast left, 0..1; 0 outside the picture."""
        height, width = self.picture.shape
        x, y = np.rint(np.clip(points, -_FAR_PX, _FAR_PX)).astype(np.int64).T
        inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        seen = self.seen[np.where(inside, y, 0), np.where(inside, x, 0)] * np.float32(1 / 255)
        return np.where(inside, seen, np.float32(0.0))

    def luma_at(self, points: Floats) -> float:
        """Median grey level at points (N, 2) px, clamped into the picture."""
        height, width = self.picture.shape
        x = np.clip(points[:, 0], 0, width - 1).astype(np.int64)
        y = np.clip(points[:, 1], 0, height - 1).astype(np.int64)
        return float(np.median(self.picture[y, x]))

    def _views(self, box: Box) -> tuple[Luma, Luma]:
        rows = slice(box.top, box.top + box.height)
        columns = slice(box.left, box.left + box.width)
        return self.picture[rows, columns], self.seen[rows, columns]


def polygons(box: Box, outlines: Sequence[Floats], *, blur_px: float = 0.0) -> Luma:
    """Filled outlines (N, 2) px -> coverage (h, w) 0..255 with smooth edges."""
    mask = np.zeros((box.height, box.width), dtype=np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [_fixed(outline, box)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return softened(mask, blur_px)


def lines(
    box: Box,
    paths: Sequence[Floats],
    width_px: float,
    *,
    closed: bool = False,
    blur_px: float = 0.0,
) -> Luma:
    """Paths (N, 2) px -> coverage (h, w); a line thinner than a pixel is drawn fainter."""
    mask = np.zeros((box.height, box.width), dtype=np.uint8)
    thickness = max(1, round(width_px))
    level = round(255 * min(1.0, width_px / thickness))
    fixed = [_fixed(path, box) for path in paths]
    cv2.polylines(mask, fixed, closed, level, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
    return softened(mask, blur_px)


def softened(mask: Luma, blur_px: float) -> Luma:
    if blur_px < 0.3:
        return mask
    return cv2.GaussianBlur(mask, (0, 0), blur_px, borderType=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _fixed(outline: Floats, box: Box) -> NDArray[np.int32]:
    near = np.clip(outline - box.origin, -_FAR_PX, _FAR_PX)
    return np.rint(near * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def _store(values: Floats, into: Luma) -> None:
    into[:] = np.clip(values + np.float32(0.5), 0, 255)
