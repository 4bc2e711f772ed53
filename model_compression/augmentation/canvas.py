"""A picture under the brush: what is painted over the face also lowers how much of the face is still seen.

In: luma uint8 and shapes in picture px. Out: the changed copy, and `seen`, from which labels are read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SUBPIXEL_BITS = 4
_HIDES_STEPS_PX = 1.1  # a blur this wide hides that an edge was drawn in whole pixels
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

    def paint(self, box: Box, alpha: Luma, value: float | Floats) -> None:
        """alpha (h, w): 255 hides what is below. value: grey level(s) 0..255, one or (h, w)."""
        picture, seen = self._views(box)
        keep = cv2.bitwise_not(alpha)
        if isinstance(value, np.ndarray):
            over = cv2.multiply(alpha, cv2.convertScaleAbs(value), scale=1 / 255)
        else:
            over = cv2.convertScaleAbs(alpha, alpha=value / 255)
        picture[:] = cv2.add(cv2.multiply(picture, keep, scale=1 / 255), over)
        seen[:] = cv2.multiply(seen, keep, scale=1 / 255)

    def filter(self, box: Box, transmission: Floats, veil: Floats) -> None:
        """Grey levels become `transmission * level + veil`; (h, w) each, not negative."""
        picture, seen = self._views(box)
        picture[:] = cv2.convertScaleAbs(picture * transmission + veil)
        seen[:] = cv2.convertScaleAbs(seen * np.minimum(transmission, np.float32(1.0)))

    def shade(self, box: Box, factor: Floats) -> None:
        """Light and shadow on the face, (h, w): darker or brighter, yet nothing stands before it."""
        picture, _ = self._views(box)
        picture[:] = cv2.convertScaleAbs(picture * factor)

    def darken(self, box: Box, shadow: Luma, strength: float) -> None:
        """Shade by a shadow (h, w) 0..255 that takes `strength` of the light where it is 255."""
        picture, _ = self._views(box)
        kept = cv2.bitwise_not(cv2.convertScaleAbs(shadow, alpha=strength))
        picture[:] = cv2.multiply(picture, kept, scale=1 / 255)

    def lighten(self, box: Box, light: Luma, level: float) -> None:
        """Shine towards `level` where light (h, w) is 255: the face itself, nothing before it."""
        picture, _ = self._views(box)
        kept = cv2.multiply(picture, cv2.bitwise_not(light), scale=1 / 255)
        picture[:] = cv2.add(kept, cv2.convertScaleAbs(light, alpha=level / 255))

    def region(self, box: Box) -> Luma:
        return self._views(box)[0]

    def seen_at(self, points: Floats) -> Floats:
        """points (N, 2) px -> (N,) share of contrast left, 0..1; 0 outside the picture."""
        height, width = self.picture.shape
        x, y = np.rint(np.clip(points, -_FAR_PX, _FAR_PX)).astype(np.int64).T
        inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        seen = self.seen[np.where(inside, y, 0), np.where(inside, x, 0)]
        share: Floats = seen * inside * np.float32(1 / 255)
        return share

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
        cv2.fillPoly(mask, [fixed_point(outline, box)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
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
    fixed = [fixed_point(path, box) for path in paths]
    kind = cv2.LINE_8 if blur_px >= _HIDES_STEPS_PX else cv2.LINE_AA
    cv2.polylines(mask, fixed, closed, level, thickness, kind, _SUBPIXEL_BITS)
    return softened(mask, blur_px)


def softened(mask: Luma, blur_px: float) -> Luma:
    """blur_px: deviation of the blur. Wide ones are two boxes, several times faster than a Gaussian."""
    if blur_px < 0.3:
        return mask
    if blur_px < _HIDES_STEPS_PX:
        return cv2.GaussianBlur(mask, (3, 3) if blur_px < 0.8 else (5, 5), blur_px)  # type: ignore[return-value]
    side = round(math.sqrt(6 * blur_px**2 + 1)) | 1
    once = cv2.blur(mask, (side, side))
    return cv2.blur(once, (side, side))  # type: ignore[return-value]


def moved(mask: Luma, right_px: int, down_px: int) -> Luma:
    """The same mask shifted by whole pixels; what enters is 0."""
    height, width = mask.shape
    out = np.zeros_like(mask)
    if abs(right_px) < width and abs(down_px) < height:
        rows, columns = (_overlap(down_px, height), _overlap(right_px, width))
        out[rows[0], columns[0]] = mask[rows[1], columns[1]]
    return out


def _overlap(shift: int, length: int) -> tuple[slice, slice]:
    """Where the shifted one lands, and what of the original lands there."""
    low, high = max(shift, 0), length + min(shift, 0)
    return slice(low, high), slice(low - shift, high - shift)


def fixed_point(outline: Floats, box: Box) -> NDArray[np.int32]:
    """(N, 2) px -> the box's own coordinates in sixteenths of a pixel, as OpenCV draws them with 4 bits."""
    near = np.minimum(
        np.maximum(outline - box.origin, -_FAR_PX), _FAR_PX
    )  # clip() takes twice as long
    fixed: NDArray[np.int32] = np.rint(near * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    return fixed
