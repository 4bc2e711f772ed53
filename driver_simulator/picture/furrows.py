"""Furrows: where facial actions fold the skin, it lies in its own shade.

In: a face's points on the canvas, then how strong each action is. Out: the canvas of the still face, darkened along
forehead, glabella, nose, cheeks and chin; the skin's motion carries the furrows along. Which action folds where
follows the descriptions of FACS (Ekman, Friesen and Hager 2002); how deep is a choice, the same for all people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.face_actions import ACTIONS, PX_PER_MM
from driver_simulator.picture.portrait import CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER, PARTS

Floats = NDArray[np.float32]

_SOFT_MM, _HOLLOW_MM = 1.5, 4.0
"""Deviation of the fold's own shade, and of the hollow around it."""
_HOLLOW_SHARE = 0.6
_LEAKS = 0.5
"""Light that leaks through skin has the skin's colour: so much of it."""
_LEAST = 0.02
_Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class _Fold:
    action: str
    depth: float  # share of the light that is missing in the fold at intensity 1
    line: Floats  # (N, 2) px


@dataclass(frozen=True, slots=True)
class _Shade:
    window: _Window  # of the window of all folds
    missing: NDArray[np.uint8]  # (h, w, 4) 0..255 at intensity 1; opacity stays


class Furrows:
    """The folds of one face."""

    def __init__(self, points: Floats, skin_bgr: Floats) -> None:
        """points: (146, 2) px of the canvas. skin_bgr: (3,)"""
        folds = list(_folds(points))
        actions = dict.fromkeys(fold.action for fold in folds)
        missing = {
            ACTIONS.index(action): _missing([fold for fold in folds if fold.action == action])
            for action in actions
        }
        self._window = _around(np.maximum.reduce(list(missing.values())))
        rows, columns = self._window
        self._size = (rows.stop - rows.start, columns.stop - columns.start)
        self._shades = {
            action: _shade(levels[self._window], skin_bgr) for action, levels in missing.items()
        }

    def paint(self, canvas: NDArray[np.uint8], weights: Floats) -> None:
        """canvas: (H, W, 4), before the skin has moved. weights: (actions,)."""
        acting = [
            (shade, float(min(weights[action], 1.0)))
            for action, shade in self._shades.items()
            if weights[action] >= _LEAST
        ]
        if not acting:
            return
        # Where two actions fold the same skin, it is folded once, by the stronger.
        missing = np.zeros((*self._size, 4), dtype=np.uint8)
        for shade, intensity in acting:
            place = missing[shade.window]
            np.maximum(place, cv2.convertScaleAbs(shade.missing, alpha=intensity), out=place)
        part = canvas[self._window]
        canvas[self._window] = cv2.multiply(part, cv2.bitwise_not(missing), scale=1 / 255)


def _folds(points: Floats) -> Iterator[_Fold]:
    lips, nose = points[PARTS["lips_outer"]], points[PARTS["nose"]]
    sides = [(_Side(points, name), sign) for name, sign in (("right", -1.0), ("left", 1.0))]
    middle = (sides[0][0].brow_inner + sides[1][0].brow_inner) / 2
    for side, out in sides:
        # Frowning pulls two upright folds between the brows.
        beside = side.brow_inner * 0.42 + middle * 0.58
        yield _Fold("brow_lowerer", 0.58, _path(beside, [(0.4 * out, -7), (0, 0), (-0.6 * out, 7)]))
        # A raised brow folds the forehead over it.
        for above in (9.0, 15.0, 21.0):
            yield _Fold(
                "inner_brow_raiser",
                0.3,
                _path(middle, [(0, -above + 1), (9 * out, -above), (19 * out, -above - 1)]),
            )
            yield _Fold(
                "outer_brow_raiser",
                0.26,
                _path(
                    side.brow_top,
                    [(-9 * out, -above + 2), (3 * out, -above), (13 * out, 4 - above)],
                ),
            )
        # A wrinkled nose: across its root, and down along the wings.
        yield _Fold("nose_wrinkler", 0.42, _path(nose[0], [(0, 1), (4 * out, 3), (8 * out, 8)]))
        yield _Fold("nose_wrinkler", 0.42, _path(nose[0], [(0, 5), (4.5 * out, 8), (9 * out, 14)]))
        wing = nose[7] + _mm(17 * out, -6)
        corner = lips[10 if out > 0 else 0]
        upper = wing * 0.5 + (corner + _mm(9 * out, -4)) * 0.5 + _mm(2.5 * out, -1)
        cheek = np.stack([wing + _mm(-2 * out, -4), upper, corner + _mm(9 * out, -3)])
        for action, depth in (
            ("nose_wrinkler", 0.22),
            ("upper_lip_raiser", 0.5),
            ("lip_corner_puller", 0.5),
        ):
            yield _Fold(action, depth, cheek.astype(np.float32))
        # Crow's feet, and the pouch under the eye.
        for down in (-4.0, 0.5, 5.0):
            yield _Fold(
                "cheek_raiser",
                0.26,
                _path(side.eye_outer, [(4.5 * out, down / 2), (12 * out, down)]),
            )
        yield _Fold(
            "cheek_raiser",
            0.24,
            np.stack([side.eye_inner + _mm(2 * out, 5), side.eye_low, side.eye_outer + _mm(0, 6)]),
        )
        yield _Fold(
            "lip_corner_depressor", 0.52, _path(corner, [(3 * out, 0), (5 * out, 6), (6 * out, 13)])
        )
    # Pressed lips stand in a hollow over the chin.
    yield _Fold("lip_pressor", 0.5, _path(lips[5], [(-11, 4), (0, 5.5), (11, 4)]))


class _Side:
    """Where one half of a face has what folds lie beside."""

    def __init__(self, points: Floats, side: str) -> None:
        brow, lids = points[PARTS[f"brow_{side}"]], points[PARTS[f"eyelid_{side}"]]
        self.brow_inner = brow[[4, 5]].mean(axis=0)
        self.brow_top = np.array([brow[:, 0].mean(), brow[:, 1].min()], dtype=np.float32)
        self.eye_inner, self.eye_outer = lids[INNER_CORNER], lids[OUTER_CORNER]
        self.eye_low = lids[4] + _mm(0, 7)


def _mm(right: float, down: float) -> Floats:
    return np.array([right, down], dtype=np.float32) * np.float32(PX_PER_MM)


def _path(start: Floats, steps_mm: Sequence[tuple[float, float]]) -> Floats:
    return np.stack([start + _mm(*step) for step in steps_mm])


def _missing(folds: Sequence[_Fold]) -> Floats:
    """(H, W): the share of light that is missing."""
    return np.asarray(np.maximum.reduce([_drawn(fold) for fold in folds]), dtype=np.float32)


def _around(missing: Floats) -> _Window:
    rows, columns = (np.flatnonzero(missing.max(axis=axis) > 1 / 255) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _shade(missing: Floats, skin_bgr: Floats) -> _Shade:
    window = _around(missing)
    colour = 1 - _LEAKS * (1 - skin_bgr.min() / np.maximum(skin_bgr, 1.0))
    share = np.append(colour, 0.0).astype(np.float32)
    return _Shade(window, np.rint(missing[window][..., None] * share * 255).astype(np.uint8))


def _drawn(fold: _Fold) -> Floats:
    """(H, W): the fold with the hollow around it; it runs out at its ends."""
    line = np.zeros((CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX), dtype=np.float32)
    fine = _curve(fold.line)
    strength = np.sin(np.linspace(0.15, np.pi - 0.15, len(fine) - 1))
    for start, end, share in zip(fine[:-1], fine[1:], strength, strict=True):
        ends = [tuple(int(v) for v in np.rint(point * 16)) for point in (start, end)]
        cv2.line(line, ends[0], ends[1], float(share), 1, cv2.LINE_8, 4)
    sharp, wide = (_blurred(line, mm * PX_PER_MM) for mm in (_SOFT_MM, _HOLLOW_MM))
    drawn = sharp + _HOLLOW_SHARE * wide
    return np.asarray(drawn * (fold.depth / (1 + _HOLLOW_SHARE)), dtype=np.float32)


def _curve(line: Floats, steps: int = 24) -> Floats:
    """Through all points of `line`: three give a parabola."""
    at = np.linspace(0, 1, len(line))
    fit = np.polyfit(at, line.astype(np.float64), len(line) - 1)
    t = np.linspace(0, 1, steps)[:, None]
    return np.asarray(sum(row * t**power for power, row in enumerate(fit[::-1])), dtype=np.float32)


def _blurred(line: Floats, sigma_px: float) -> Floats:
    """As deep in the middle of a straight line as the line itself."""
    soft = cv2.GaussianBlur(line, (0, 0), sigma_px)
    return np.asarray(np.minimum(soft * (sigma_px * np.sqrt(2 * np.pi)), 1.0), dtype=np.float32)
