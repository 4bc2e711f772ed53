"""The plane of a face in a picture, and pictures painted on it pixel by pixel from formulas.

Coordinates of the plane: eye distances from between the eyes, x to the picture's right, y down to the chin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import PARTS

Luma = NDArray[np.uint8]
Field = NDArray[np.floating[Any]]
Surface = Callable[["Pixels"], tuple[Field, Field]]
"""Pixels of the plane -> grey levels and opacity 0..1."""

_SAMPLES = 2  # per pixel, along each side
_FLATTEST = (
    0.3  # ratio of the plane's axes in the picture; a profile is drawn as if turned a little less
)

_REACH = (-2.6, -2.8, 2.6, 4.2)  # left, top, right, bottom of what is ever painted, on the plane
# Points on a line through the eyes: where they lie on an average face.
_EYE_LINE = {
    PARTS["eyelid_right"].start: -0.72,
    PARTS["eyelid_right"].start + 8: -0.28,
    PARTS["eyelid_left"].start + 8: 0.28,
    PARTS["eyelid_left"].start: 0.72,
}
_NOSE_BASE, _NOSE_BASE_Y = PARTS["nose"].start + 7, 0.72


@dataclass(frozen=True, slots=True)
class Pixels:
    """What a surface is asked about. x, y: (h, w) on the plane; to_px: plane -> the finer grid of these pixels."""

    x: Field
    y: Field
    to_px: NDArray[np.float64]  # (2, 3)

    def inside(self, outline: NDArray[np.float64]) -> Luma:
        """outline (N, 2) on the plane -> 255 inside."""
        placed = outline @ self.to_px[:, :2].T + self.to_px[:, 2]
        mask = np.zeros(self.x.shape, dtype=np.uint8)
        cv2.fillPoly(mask, [np.rint(np.clip(placed, -9000, 9000)).astype(np.int32)], 255)
        return mask

    @property
    def px_per_unit(self) -> float:
        return float(np.sqrt(abs(np.linalg.det(self.to_px[:, :2]))))


class FacePlane:
    """Fitted to the corners of the eyes and the base of the nose, without shear: things stay upright on a head."""

    def __init__(self, points: NDArray[np.float32]) -> None:
        rows = list(_EYE_LINE)
        average = np.array([(along, 1.0) for along in _EYE_LINE.values()])
        (across, origin), *_ = np.linalg.lstsq(average, points[rows].astype(np.float64), rcond=None)
        width = max(float(np.hypot(*across)), 0.5)
        right = across / width
        down = np.array([-right[1], right[0]])
        height = float((points[_NOSE_BASE] - origin) @ down) / _NOSE_BASE_Y
        height = max(height, _FLATTEST * width, 0.5)
        width = max(width, _FLATTEST * height)
        self.to_picture = np.column_stack([width * right, height * down, origin])

    def local(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, 2) px -> on the plane."""
        moved = points.astype(np.float64) - self.to_picture[:, 2]
        return np.asarray(np.linalg.solve(self.to_picture[:, :2], moved.T).T)

    def painted(self, picture: Luma, surface: Surface) -> tuple[Luma, Field]:
        """The picture with the surface on it, and its opacity (H, W) 0..1."""
        opacity = np.zeros(picture.shape, dtype=np.float32)
        out = picture.copy()
        left, top, right, bottom = self._window(picture)
        if right <= left or bottom <= top:
            return out, opacity
        width, height = right - left, bottom - top
        fine = self.to_picture.copy()
        fine[:, 2] -= (left, top)
        fine *= _SAMPLES
        fine[:, 2] += (_SAMPLES - 1) / 2
        inverse = np.linalg.inv(fine[:, :2])
        column = np.arange(width * _SAMPLES) - fine[0, 2]
        row = np.arange(height * _SAMPLES) - fine[1, 2]
        x = inverse[0, 0] * column[None] + inverse[0, 1] * row[:, None]
        y = inverse[1, 0] * column[None] + inverse[1, 1] * row[:, None]
        luma, solid = surface(Pixels(x.astype(np.float32), y.astype(np.float32), fine))
        shrink = cv2.INTER_AREA
        over = cv2.resize(np.clip(luma, 0, 255) * solid, (width, height), interpolation=shrink)
        kept = cv2.resize(1 - solid, (width, height), interpolation=shrink)
        window = (slice(top, bottom), slice(left, right))
        out[window] = np.clip(picture[window] * kept + over + 0.5, 0, 255).astype(np.uint8)
        opacity[window] = 1 - kept
        return out, opacity

    def _window(self, picture: Luma) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole px of what may be painted on."""
        left, top, right, bottom = _REACH
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        placed = corners @ self.to_picture[:, :2].T + self.to_picture[:, 2]
        limit = np.array(picture.shape[::-1])
        low = np.clip(np.floor(placed.min(axis=0)), 0, limit).astype(int)
        high = np.clip(np.ceil(placed.max(axis=0)), 0, limit).astype(int)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def spline(points: list[tuple[float, float]], steps: int = 8) -> NDArray[np.float64]:
    """Closed Catmull-Rom curve through the points -> (N * steps, 2)."""
    knots = np.array(points)
    before, after, later = (np.roll(knots, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * knots
        + (after - before) * t
        + (2 * before - 5 * knots + 4 * after - later) * t**2
        + (3 * knots - before - 3 * after + later) * t**3
    )
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2))


def lit(height: Field, px_per_unit: float, rng: np.random.Generator) -> Field:
    """Lambert's light on a relief (h, w) in units of the plane: about 0.3..1."""
    down, right = np.gradient(height * np.float32(px_per_unit))
    azimuth, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.7)
    lamp = np.array([np.cos(azimuth) * strength, np.sin(azimuth) * strength])
    up = np.sqrt(1 - strength**2)
    shade = (up - right * lamp[0] - down * lamp[1]) / np.sqrt(1 + right**2 + down**2)
    return np.asarray(0.3 + 0.7 * np.clip(shade, 0, 1), dtype=np.float32)
