"""The skin of a face, moved by facial actions: which spot of the still face is seen at each pixel of the moved one.

Upper and lower face have a field each, which part at the mouth and agree elsewhere. Ways of small actions are added
up; the jaw's long way was followed beforehand, for a few openings. In: how strong each action is. Out: a map for
cv2.remap over a window of the canvas, and the face's points where they are then.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.face_actions import EXTRAS, jaw_shifts, with_extras
from driver_simulator.picture.portrait import CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, PX_PER_M
from driver_simulator.picture.spline import smooth_through
from edge_app.face.landmark_layout import COUNT, PARTS

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

PX_PER_MM = PX_PER_M / 1000
_CELL_PX = 4
_JAW_STEPS = 9
_ROUNDS = 40
_RELAXED = 0.5
_FOREHEAD_MM, _BESIDE_MM, _NECK_MM = 40.0, 22.0, 95.0
"""How far beyond brows, cheeks and chin skin moves."""
_SLACK = 0.0015
_LEAST = 1e-4
_AROUND_LIPS_PX, _CLOTH_PX = 8, 12.0
_UPPER_LIP, _LOWER_LIP = np.arange(11, 20), np.arange(1, 10)


@dataclass(frozen=True, slots=True)
class MovedSkin:
    """place: (h, w, 2) px of the still canvas; `window` its rows and columns. lips: (20, 2) px, the inner contour."""

    window: tuple[slice, slice]
    place: Floats
    lips: Floats
    cloth: (
        Floats | None
    )  # as `place`, of what lies over the mouth and does not part; None where not asked for


class Skin:
    """A face's fields of motion."""

    def __init__(self, points: Floats, ways: Doubles) -> None:
        """points: (146, 2) px of the canvas. ways: (actions, 146 + EXTRAS, 2) px, of `face_actions`."""
        self._points = points
        self.window = _window(points)
        exact = points.astype(np.float64)
        rows, columns = self.window
        self._size = (columns.stop - columns.start, rows.stop - rows.start)
        cells = (self._size[0] // _CELL_PX, self._size[1] // _CELL_PX)
        x = columns.start + np.arange(cells[0]) * _CELL_PX
        y = rows.start + np.arange(cells[1]) * _CELL_PX
        grid = np.stack(np.meshgrid(x, y), axis=-1).astype(np.float64)
        self._grid = grid.astype(np.float32)
        known = with_extras(exact)
        self._ways = ways
        self._jaw_ways = jaw_shifts(exact)
        still = _still(points, self.window)
        every = np.concatenate([self._ways, self._jaw_ways[None]])
        edge = _edge(cells)
        fields = []
        for lips in (_LOWER_LIP, _UPPER_LIP):
            # The upper face's field knows nothing of the lower lip, and the other way round.
            rows_kept = _without(lips)
            places = np.concatenate([known[rows_kept], still])
            values = np.concatenate(
                [every[:, rows_kept], np.zeros((len(every), len(still), 2))], axis=1
            )
            flat = smooth_through(
                places, values.transpose(1, 0, 2), grid.reshape(-1, 2), slack=_SLACK
            )
            field = flat.reshape(cells[1], cells[0], len(every), 2).transpose(2, 0, 1, 3)
            fields.append((field * edge[..., None]).astype(np.float32))
        # (actions, rows, columns, 4): x and y of the upper face, then of the lower.
        both = np.concatenate(fields, axis=-1)
        self._small = np.ascontiguousarray(both[:-1].reshape(len(ways), -1))
        self._jaw = np.ascontiguousarray(both[-1])
        self._jaw_back = np.stack(
            [self._followed_back(step / (_JAW_STEPS - 1)) for step in range(_JAW_STEPS)]
        )

    def moved_points(self, weights: Floats, jaw_drop: float) -> Floats:
        """(146, 2) px: where the points are. weights: (actions,) of the ways."""
        way = np.tensordot(weights, self._ways, axes=1)[:COUNT]
        return np.asarray(self._points + way + jaw_drop * self._jaw_ways[:COUNT], dtype=np.float32)

    def moved(
        self, weights: Floats, jaw_drop: float, *, with_cloth: bool = False
    ) -> MovedSkin | None:
        """None where nothing moves."""
        jaw = float(np.clip(jaw_drop, 0, 1))
        if jaw < _LEAST and float(np.abs(weights).max()) < _LEAST:
            return None
        points = self.moved_points(weights, jaw)
        small = (weights @ self._small).reshape(self._jaw.shape)
        back = self._before_jaw(jaw)
        at = [self._grid + back[..., 0:2], self._grid + back[..., 2:4]]
        for face in (0, 1):
            pair = slice(2 * face, 2 * face + 2)
            field = np.ascontiguousarray(small[..., pair])
            way = self._sampled(field, at[face])
            way = self._sampled(field, at[face] - way)
            at[face] = at[face] - way
        lips = points[PARTS["lips_inner"]]
        rows, columns = self.window
        x = columns.start + np.arange(self._grid.shape[1], dtype=np.float32) * _CELL_PX
        y = rows.start + np.arange(self._grid.shape[0], dtype=np.float32) * _CELL_PX
        share = _lower_share(lips, x, y)[..., None]
        coarse = np.asarray(at[0] + (at[1] - at[0]) * share, dtype=np.float32)
        place = self._enlarged(coarse, (0, 0), self._size)
        self._part_lips(place, at, lips)
        return MovedSkin(
            self.window, place, lips, self._cloth(at, lips, x, y) if with_cloth else None
        )

    def _cloth(self, at: list[Floats], lips: Floats, x: Floats, y: Floats) -> Floats:
        """From one field to the other over the height of the open mouth."""
        upper, lower = lip_lines(lips, x)
        beside = np.maximum(np.maximum(lips[:, 0].min() - x, x - lips[:, 0].max()), 0)
        tall = np.maximum(lower - upper, 0) + _CLOTH_PX + 0.5 * beside
        share = np.clip((y[:, None] - (upper + lower) / 2) / tall + 0.5, 0, 1)[..., None]
        coarse = np.asarray(at[0] + (at[1] - at[0]) * share, dtype=np.float32)
        return self._enlarged(coarse, (0, 0), self._size)

    def _part_lips(self, place: Floats, at: list[Floats], lips: Floats) -> None:
        """Around the mouth the two fields part within a pixel, not within a cell."""
        rows, columns = self.window
        low = np.floor(lips.min(axis=0)).astype(int) - _AROUND_LIPS_PX - (columns.start, rows.start)
        high = np.ceil(lips.max(axis=0)).astype(int) + _AROUND_LIPS_PX - (columns.start, rows.start)
        left, top = (int(value) for value in np.maximum(low, 0))
        right, bottom = (int(value) for value in np.minimum(high, self._size))
        size = (right - left, bottom - top)
        upper, lower = (self._enlarged(field, (left, top), size) for field in at)
        x = np.arange(left, right, dtype=np.float32) + np.float32(columns.start)
        y = np.arange(top, bottom, dtype=np.float32) + np.float32(rows.start)
        share = _lower_share(lips, x, y)[..., None]
        lower -= upper
        lower *= share
        np.add(upper, lower, out=place[top:bottom, left:right])

    def _enlarged(self, field: Floats, first: tuple[int, int], size: tuple[int, int]) -> Floats:
        """Of a field over cells, the pixels from `first` (x, y of the window) on."""
        enlarge = np.array([[_CELL_PX, 0, -first[0]], [0, _CELL_PX, -first[1]]], dtype=np.float64)
        fine = cv2.warpAffine(
            field, enlarge, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(fine, dtype=np.float32)

    def _before_jaw(self, jaw: float) -> Floats:
        at = jaw * (_JAW_STEPS - 1)
        first = min(int(at), _JAW_STEPS - 2)
        part = np.float32(at - first)
        return np.asarray(
            self._jaw_back[first] + (self._jaw_back[first + 1] - self._jaw_back[first]) * part
        )

    def _followed_back(self, jaw: float) -> Floats:
        """(rows, columns, 4): the shift from a place of the opened face back to where its skin was."""
        back = np.zeros_like(self._jaw)
        for face in (0, 1):
            pair = slice(2 * face, 2 * face + 2)
            field = np.ascontiguousarray(self._jaw[..., pair]) * np.float32(jaw)
            way = np.zeros_like(field)
            for _ in range(_ROUNDS):
                way += _RELAXED * (-self._sampled(field, self._grid + way) - way)
            back[..., pair] = way
        return back

    def _sampled(self, field: Floats, places: Floats) -> Floats:
        rows, columns = self.window
        x = (places[..., 0] - np.float32(columns.start)) * np.float32(1 / _CELL_PX)
        y = (places[..., 1] - np.float32(rows.start)) * np.float32(1 / _CELL_PX)
        return np.asarray(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _lower_share(lips: Floats, x: Floats, y: Floats) -> Floats:
    """0 over the line between the lips, 1 below it; sharp in the mouth, softer and softer beside it."""
    upper, lower = lip_lines(lips, x)
    seam = (upper + lower) / 2
    beside = np.maximum(np.maximum(lips[:, 0].min() - x, x - lips[:, 0].max()), 0)
    soft = 1.0 / (1.0 + 0.8 * beside)
    return np.asarray(np.clip((y[:, None] - seam) * soft + 0.5, 0, 1), dtype=np.float32)


def lip_lines(lips: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Heights of the inner lips' upper and lower edge over columns, px of the canvas; level beyond the corners."""
    upper = lips[[0, *range(19, 9, -1)]]
    lower = lips[0:11]
    lines = []
    for line in (upper, lower):
        order = np.maximum.accumulate(line[:, 0])
        lines.append(np.interp(x, order, line[:, 1]).astype(np.float32))
    return lines[0], lines[1]


def _window(points: Floats) -> tuple[slice, slice]:
    oval = points[PARTS["oval"]]
    brows = np.concatenate([points[PARTS["brow_left"]], points[PARTS["brow_right"]]])
    left = oval[:, 0].min() - _BESIDE_MM * PX_PER_MM
    right = oval[:, 0].max() + _BESIDE_MM * PX_PER_MM
    top = brows[:, 1].min() - _FOREHEAD_MM * PX_PER_MM
    bottom = oval[:, 1].max() + _NECK_MM * PX_PER_MM

    def span(first: float, last: float, limit: int) -> slice:
        start = max(0, int(first))
        length = (min(limit, int(last)) - start) // _CELL_PX * _CELL_PX
        return slice(start, start + length)

    return span(top, bottom, CANVAS_HEIGHT_PX), span(left, right, CANVAS_WIDTH_PX)


def _still(points: Floats, window: tuple[slice, slice]) -> Doubles:
    """Places that no action moves: the window's rim, and the bottom of the neck."""
    rows, columns = window
    x = np.linspace(columns.start, columns.stop, 7)
    y = np.linspace(rows.start, rows.stop, 9)
    rim = [(at, rows.start) for at in x] + [(at, rows.stop) for at in x]
    rim += [(columns.start, at) for at in y[1:-1]] + [(columns.stop, at) for at in y[1:-1]]
    return np.array(rim, dtype=np.float64)


def _without(lips: NDArray[np.int64]) -> NDArray[np.int64]:
    gone = [PARTS[part].start + lips for part in ("lips_outer", "lips_inner")]
    # Irises move with the eyes, not with the skin.
    irises = np.arange(PARTS["iris_left"].start, PARTS["iris_right"].stop)
    chin = COUNT + np.array([12, 13]) if lips[0] == _LOWER_LIP[0] else np.array([], dtype=np.int64)
    return np.setdiff1d(np.arange(COUNT + EXTRAS), np.concatenate([*gone, irises, chin]))


def _edge(cells: tuple[int, int]) -> Doubles:
    """(rows, columns): 1 inside, 0 at the rim, so that the window meets the rest of the canvas."""
    across = np.clip(np.minimum(np.arange(cells[0]), cells[0] - 1 - np.arange(cells[0])) / 5, 0, 1)
    down = np.clip(np.minimum(np.arange(cells[1]), cells[1] - 1 - np.arange(cells[1])) / 5, 0, 1)
    return np.asarray(down[:, None] * across[None, :])
