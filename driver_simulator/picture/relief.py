"""A head's shape seen under any rotation: which spot of the canvas each pixel of the frame shows.

Each coarse pixel's line of sight is followed to the surface (sphere tracing; Hart 1996), the canvas's coordinates
found there are enlarged to full resolution. So near parts hide far ones and nothing tears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.head_grid import (
    AXIS_BEHIND_PX,
    AXIS_DOWN_PX,
    DOME_LEVELS,
    LEVELS,
    LOWEST_LEVEL,
    TURNS,
)
from driver_simulator.picture.head_shape import HeadShape
from driver_simulator.picture.portrait import (
    PIVOT_BEHIND_EYES_M,
    PIVOT_BELOW_EYES_M,
    PX_PER_M,
)

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Picture = NDArray[np.integer[Any] | np.floating[Any]]

PIVOT_PX = np.array([0.0, PIVOT_BELOW_EYES_M * PX_PER_M, PIVOT_BEHIND_EYES_M * PX_PER_M])
_CELL_CANVAS_PX, _LARGEST_CELL_PX = 5.8, 4
"""Of a coarse pixel: on the canvas, and at most in the frame."""
_CLEARLY_PX = np.float32(1.0)
_COARSE = 3
"""Cells along each side of a patch whose lines of sight are followed together at first."""
_COARSE_STEPS, _FINE_STEPS = 9, 8
_BACK_OFF_PX = np.float32(9.0)
"""Fine lines begin this far before what coarse ones met, since a nose may stand between."""
_STRIDE = np.float32(0.75)
"""Of the distance to the surface: it may be nearer aside, at the nose."""
_CREEP_PX = np.float32(2.0)
_BEYOND_PX = (np.float32(7.0), np.float32(24.0), np.float32(60.0))
_HOLE = np.ones((3, 3), dtype=np.uint8)
_BEFORE_PX = 200.0
"""How far before the pivot lines of sight begin."""
_MARGIN_PX, _NECK_END_PX = 6.0, 25.0
_GAP_LEVELS = 14.0
"""Levels of a byte for a pixel by which the head is missed: enough for a smooth outline."""
_OUTLINE_PX = 1.25
_ACROSS = np.float32((TURNS - 1) / 4)
_DOWN = np.float32((LEVELS - 1) / (DOME_LEVELS + LOWEST_LEVEL))


@dataclass(frozen=True, slots=True)
class View:
    """A window of the frame. `place`: (h, w, 2) px of the canvas; `coverage`: (h, w) 0..255."""

    left_px: int
    top_px: int
    place: Floats
    coverage: NDArray[np.uint8]


class Relief:
    """Sees a head's shape from where the camera stands, in a parallel projection."""

    def __init__(self, shape: HeadShape, *, lowest_px: float) -> None:
        """lowest_px: row below the eyes to which the head is drawn."""
        self._shape = shape
        middle = np.array([0.0, AXIS_DOWN_PX, AXIS_BEHIND_PX])
        drawn = shape.surface[::6, ::8].reshape(-1, 3)
        self._outmost = drawn[drawn[:, 1] < lowest_px + _NECK_END_PX] - PIVOT_PX
        self._start = PIVOT_PX - middle

    def seen(
        self,
        rotation: Doubles,
        *,
        centre_px: tuple[float, float],
        pixels_per_m: float,
        frame_size: tuple[int, int],
        jaw_drop: float = 0.0,
    ) -> View | None:
        """centre_px: where the pivot is. jaw_drop: as in `FacialActions`, since a chin that sinks keeps its shape."""
        scale = pixels_per_m / PX_PER_M
        window = self._window(rotation, centre_px, scale, frame_size, jaw_drop)
        if window is None:
            return None
        left, top, width, height = window
        cell = int(np.clip(round(_CELL_CANVAS_PX * scale), 2, _LARGEST_CELL_PX))
        cells = (-(-width // cell) + 1, -(-height // cell) + 1)
        columns = (np.arange(cells[0], dtype=np.float64) * cell + left - centre_px[0]) / scale
        rows = (np.arange(cells[1], dtype=np.float64) * cell + top - centre_px[1]) / scale
        radius, painted = self._shape.with_jaw(jaw_drop)
        across, down, gap = self._traced(radius, rotation, columns, rows)
        place = cv2.remap(painted, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # The first cell's value belongs to the window's first pixel.
        enlarge = np.array([[cell, 0, 0], [0, cell, 0]], dtype=np.float64)

        def enlarged(coarse: Picture) -> Picture:
            size, flags = (width, height), cv2.INTER_LINEAR
            return cv2.warpAffine(
                coarse, enlarge, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
            )

        byte = np.clip(128 + gap * np.float32(scale * _GAP_LEVELS), 0, 255).astype(np.uint8)
        coverage = cv2.LUT(enlarged(byte), _COVERAGE)
        fine = enlarged(place).astype(np.float32, copy=False)
        return View(left, top, fine, coverage.astype(np.uint8, copy=False))

    def _traced(
        self, radius: Floats, rotation: Doubles, columns: Doubles, rows: Doubles
    ) -> tuple[Floats, Floats, Floats]:
        """Node of the shape that is met on each line of sight, and by how much the head is missed there, px."""
        ahead = rotation[2].astype(np.float32)
        coarse = _Lines(radius, self._origins(rotation, columns[::_COARSE], rows[::_COARSE]), ahead)
        way = np.zeros(coarse.shape, dtype=np.float32)
        for _ in range(_COARSE_STEPS):
            way += coarse.gap(way) * _STRIDE
        way = cv2.erode(way, _HOLE, borderType=cv2.BORDER_REPLICATE) - _BACK_OFF_PX
        enlarge = np.array([[_COARSE, 0, 0], [0, _COARSE, 0]], dtype=np.float64)
        size = (len(columns), len(rows))
        flags = cv2.INTER_LINEAR
        begun = cv2.warpAffine(way, enlarge, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        fine = _Lines(radius, self._origins(rotation, columns, rows), ahead)
        way = np.asarray(begun, dtype=np.float32)
        nearest = np.full(fine.shape, 1e3, dtype=np.float32)
        for _ in range(_FINE_STEPS):
            gap = fine.gap(way)
            np.minimum(nearest, gap, out=nearest)
            gap *= _STRIDE
            way += gap
            # Lines that graze a cheek would creep along it.
            way += (gap > 1) * _CREEP_PX
        gap = fine.gap(way)
        np.minimum(nearest, gap, out=nearest)
        across, down = fine.across.copy(), fine.down.copy()
        # A little further on, a line that meets the head is inside: so its outline is known within a cell.
        for beyond in _BEYOND_PX:
            np.minimum(nearest, fine.gap(way + beyond), out=nearest)
        # Lines that graze one part and meet another farther on may not have got there: no hole and no speck is one
        # cell small.
        filled = cv2.morphologyEx(nearest, cv2.MORPH_OPEN, _HOLE, borderType=cv2.BORDER_REPLICATE)
        nearest = np.where(filled < -_CLEARLY_PX, filled, nearest)
        cleared = cv2.morphologyEx(nearest, cv2.MORPH_CLOSE, _HOLE, borderType=cv2.BORDER_REPLICATE)
        return across, down, np.where(cleared > _CLEARLY_PX, cleared, nearest)

    def _origins(self, rotation: Doubles, columns: Doubles, rows: Doubles) -> list[Floats]:
        """x, y, z from the head's centre where each line of sight begins."""
        return [
            np.add.outer(
                rotation[1, axis] * rows + self._start[axis] - rotation[2, axis] * _BEFORE_PX,
                rotation[0, axis] * columns,
            ).astype(np.float32)
            for axis in range(3)
        ]

    def _window(
        self,
        rotation: Doubles,
        centre_px: tuple[float, float],
        scale: float,
        frame_size: tuple[int, int],
        jaw_drop: float,
    ) -> tuple[int, int, int, int] | None:
        """Left, top, width, height of what the head may cover in the frame."""
        flat = self._outmost @ rotation[:2].T
        more = _MARGIN_PX + jaw_drop * np.abs(rotation[:2, 1]) * self._shape.jaw_px
        low = (flat.min(axis=0) - more) * scale + centre_px
        high = (flat.max(axis=0) + more) * scale + centre_px
        left, top = (int(max(0, np.floor(value))) for value in low)
        right, bottom = (int(min(s, np.ceil(v))) for v, s in zip(high, frame_size, strict=True))
        if right - left < 2 or bottom - top < 2:
            return None
        return left, top, right - left, bottom - top


class _Lines:
    """Parallel lines of sight and the surface around them."""

    def __init__(self, radius: Floats, origins: list[Floats], ahead: Floats) -> None:
        self._radius, self._origins, self._ahead = radius, origins, ahead
        self.shape = origins[0].shape
        self._x, self._y, self._z, self._a, self._b = (
            np.empty(self.shape, dtype=np.float32) for _ in range(5)
        )
        self.across, self.down = self._a, self._b

    def gap(self, way: Floats) -> Floats:
        """Height over the surface after `way` px; `across`, `down` are the shape's nodes there."""
        x, y, z, a, b = self._x, self._y, self._z, self._a, self._b
        for place, origin, step in zip((x, y, z), self._origins, self._ahead, strict=True):
            np.multiply(way, step, out=place)
            place += origin
        # Turn and level of `head_grid`, in place.
        np.abs(x, out=a)
        np.abs(z, out=b)
        a += b
        a += _TINY
        np.divide(z, a, out=a)
        a += _ONE
        np.copysign(a, x, out=a)
        a *= _ACROSS
        a += np.float32(2) * _ACROSS
        x *= x
        z *= z
        x += z
        np.sqrt(x, out=z)
        np.minimum(y, 0, out=b)
        np.maximum(y, 0, out=y)
        # b: how far up, negative. x: squared distance from the axis' line or from the centre.
        z -= b
        z += _TINY
        np.divide(b, z, out=z)
        z *= np.float32(DOME_LEVELS)
        z += y
        b *= b
        x += b
        np.sqrt(x, out=x)
        np.add(z, np.float32(DOME_LEVELS), out=b)
        b *= _DOWN
        radius = cv2.remap(self._radius, a, b, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(np.subtract(x, radius, out=x))


def _coverage_of_gaps() -> NDArray[np.uint8]:
    """(256,): coverage 0..255 for a gap told as a byte."""
    gap = (np.arange(256) - 128) / _GAP_LEVELS
    return np.clip((0.5 - gap / _OUTLINE_PX) * 255 + 0.5, 0, 255).astype(np.uint8)


_TINY, _ONE = np.float32(1e-6), np.float32(1.0)
_COVERAGE = _coverage_of_gaps()
