"""A head's shape seen under any rotation: which spot of the canvas each pixel of the frame shows.

Each coarse pixel's line of sight is followed to the surface (sphere tracing; Hart 1996), the canvas's coordinates
found there are enlarged to full resolution. So near parts hide far ones and nothing tears.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.head_shape import (
    AXIS_BEHIND_PX,
    AXIS_DOWN_PX,
    DOME_LEVELS,
    LEVELS,
    LOWEST_LEVEL,
    TURNS,
    HeadShape,
    turn_and_level,
)
from driver_simulator.picture.portrait import (
    PIVOT_BEHIND_EYES_M,
    PIVOT_BELOW_EYES_M,
    PX_PER_M,
)

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

PIVOT_PX = np.array([0.0, PIVOT_BELOW_EYES_M * PX_PER_M, PIVOT_BEHIND_EYES_M * PX_PER_M])
_CELL_PX = 4
_STEPS = 12
_STRIDE = np.float32(0.75)
"""Of the distance to the surface: it may be nearer aside, at the nose."""
_BEYOND_PX = (np.float32(7.0), np.float32(24.0))
_HOLE = np.ones((3, 3), dtype=np.uint8)
_FARTHEST_PX = 235.0
"""Of the head from its pivot."""


@dataclass(frozen=True, slots=True)
class View:
    """A window of the frame. `place`: (h, w) each, px of the canvas; `coverage`: (h, w) 0..1."""

    left_px: int
    top_px: int
    place_x: Floats
    place_y: Floats
    coverage: Floats


class Relief:
    """Sees a head's shape from where the camera stands, in a parallel projection."""

    def __init__(self, shape: HeadShape) -> None:
        self._radius = shape.radius
        self._place = shape.place
        # How much lower and farther the lines of sight have to be followed than to the dome.
        self._lowest = LOWEST_LEVEL + AXIS_DOWN_PX

    def seen(
        self,
        rotation: Doubles,
        *,
        centre_px: tuple[float, float],
        pixels_per_m: float,
        frame_size: tuple[int, int],
        lowest_px: float,
    ) -> View | None:
        """centre_px: where the pivot is. lowest_px: canvas row below the eyes to which the head is drawn."""
        scale = pixels_per_m / PX_PER_M
        window = _window(rotation, centre_px, scale, frame_size, lowest_px)
        if window is None:
            return None
        left, top, width, height = window
        cells = (-(-width // _CELL_PX) + 1, -(-height // _CELL_PX) + 1)
        columns = (np.arange(cells[0], dtype=np.float64) * _CELL_PX + left - centre_px[0]) / scale
        rows = (np.arange(cells[1], dtype=np.float64) * _CELL_PX + top - centre_px[1]) / scale
        turn, level, gap = self._traced(rotation, columns, rows)
        at = _nodes(turn, level)
        place = cv2.remap(self._place, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        size = (cells[0] * _CELL_PX, cells[1] * _CELL_PX)
        # The first cell's value belongs to the window's first pixel.
        enlarge = np.array([[_CELL_PX, 0, 0], [0, _CELL_PX, 0]], dtype=np.float64)
        both = np.dstack([place, gap * np.float32(scale)])
        fine = cv2.warpAffine(
            both, enlarge, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )[:height, :width]
        coverage = np.clip(np.float32(0.5) - fine[..., 2] * np.float32(0.8), 0, 1)
        return View(
            left,
            top,
            np.ascontiguousarray(fine[..., 0]),
            np.ascontiguousarray(fine[..., 1]),
            coverage,
        )

    def _traced(
        self, rotation: Doubles, columns: Doubles, rows: Doubles
    ) -> tuple[Floats, Floats, Floats]:
        """Turn and level of what is met on each line of sight, and by how much the head is missed there, px."""
        back = rotation.T
        start = PIVOT_PX - np.array([0.0, AXIS_DOWN_PX, AXIS_BEHIND_PX])
        shape = (len(rows), len(columns))
        origin = [
            (
                start[axis]
                + back[axis, 0] * columns[None, :]
                + back[axis, 1] * rows[:, None]
                - back[axis, 2] * 200.0
            ).astype(np.float32)
            for axis in range(3)
        ]
        ahead = back[:, 2].astype(np.float32)
        way = np.zeros(shape, dtype=np.float32)
        nearest = np.full(shape, 1e3, dtype=np.float32)
        for _ in range(_STEPS):
            turn, level, gap = self._gap(origin, ahead, way)
            np.minimum(nearest, gap, out=nearest)
            way += gap * _STRIDE
        # A little further on, a line that meets the head is inside: so its outline is known within a cell.
        for beyond in _BEYOND_PX:
            _, _, inside = self._gap(origin, ahead, way + beyond)
            np.minimum(nearest, inside, out=nearest)
        # Lines that graze one part and meet another farther on may not have got there: no hole is one cell wide.
        closed = cv2.morphologyEx(nearest, cv2.MORPH_OPEN, _HOLE, borderType=cv2.BORDER_REPLICATE)
        return turn, level, np.asarray(closed, dtype=np.float32)

    def _gap(
        self, origin: list[Floats], ahead: Floats, way: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Turn, level and height over the surface after `way` px."""
        x, y, z = (o + a * way for o, a in zip(origin, ahead, strict=True))
        turn, level, far = turn_and_level(x, y, z)
        at = _nodes(turn, level)
        radius = cv2.remap(self._radius, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return turn, level, far - radius


def _nodes(turn: Floats, level: Floats) -> tuple[Floats, Floats]:
    across = (turn + np.float32(2)) * np.float32((TURNS - 1) / 4)
    down = (level + np.float32(DOME_LEVELS)) * np.float32(
        (LEVELS - 1) / (DOME_LEVELS + LOWEST_LEVEL)
    )
    return across, down


def _window(
    rotation: Doubles,
    centre_px: tuple[float, float],
    scale: float,
    frame_size: tuple[int, int],
    lowest_px: float,
) -> tuple[int, int, int, int] | None:
    """Left, top, width, height of what the head may cover in the frame."""
    reach = _FARTHEST_PX
    corners = np.array(
        [[0, -AXIS_DOWN_PX * 0 - 60.0, AXIS_BEHIND_PX], [0, lowest_px, AXIS_BEHIND_PX]]
    )
    turned = (corners - PIVOT_PX) @ rotation.T
    low = np.minimum(turned[0, :2] - reach, turned[1, :2] - 0.55 * reach)
    high = np.maximum(turned[0, :2] + reach, turned[1, :2] + 0.55 * reach)
    low, high = low * scale + centre_px, high * scale + centre_px
    left, top = (int(max(0, np.floor(v))) for v in low)
    right, bottom = (int(min(s, np.ceil(v))) for v, s in zip(high, frame_size, strict=True))
    if right - left < 2 or bottom - top < 2:
        return None
    return left, top, right - left, bottom - top
