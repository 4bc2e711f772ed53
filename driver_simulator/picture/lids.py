"""Where the margins of an eye's lids are at a given closure and gaze, and how far the lids follow the gaze.

In: an eye's contour on the canvas, the driver's aperture in mm. Out: heights of both margins over the eye's width.

Two things narrow an eye. `DriverMoment.closure` is what blinks and drowsiness do, against this driver's eye that looks
ahead. Lids also follow the eyes down, by about as much as the eye turns (Becker and Fuchs 1988), which hides some 45 %
of the aperture at 30 degrees. `visible_closure` says what is seen of both: what each leaves open is multiplied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.portrait import PX_PER_M
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER

Floats = NDArray[np.float32]
Points = NDArray[np.float32]

PX_PER_MM = PX_PER_M / 1000
_FOLLOW_AT_30_DEG = 0.45
_WIDER_AT_30_DEG = 0.2
_WIDE_OPEN_SHARE = 0.35
"""How much wider than usual the eye is at a closure of -1."""
_LOWER_SHARE, _CHEEK_SHARE = 0.07, 0.4
"""Of the closing, done by the lower lid: alone, and more with a raised cheek."""
_SAGS_MM = 1.8
"""How far the line of a shut eye sags below the open lower lid, in its middle."""
_LOWER_FOLLOWS_MM = 2.6
"""How far the lower lid sinks with a gaze 30 degrees down."""
_MARGIN_ORDER = 3


def visible_closure(closure: float, gaze_pitch_rad: float) -> float:
    """What a closure looks like under a gaze: 1 is shut, whatever the gaze; below 0 wide open."""
    shut = min(closure, 1.0)
    down = -gaze_pitch_rad / math.radians(30)
    follows = (
        min(_FOLLOW_AT_30_DEG * down, 0.7) if down > 0 else max(_WIDER_AT_30_DEG * down, -0.25)
    )
    return 1.0 - (1.0 - shut) * (1.0 - follows)


@dataclass(frozen=True, slots=True)
class OpenEye:
    """The photographed margins at each of the asked places, px below the line between the corners."""

    upper: Floats
    lower: Floats
    taper: Floats  # 1 in the middle, 0 at the corners


@dataclass(frozen=True, slots=True)
class Margins:
    """px below the line between the corners, at each of the asked places."""

    upper: Floats
    lower: Floats


class Lids:
    """An eye's two margins, as polynomials between its corners."""

    def __init__(self, contour: Points, aperture_mm: float) -> None:
        """contour: (16, 2) px of the canvas."""
        corners = contour[[OUTER_CORNER, INNER_CORNER]]
        self.first, last = corners[np.argsort(corners[:, 0])]
        self.width_px = float(np.hypot(*(last - self.first)))
        self.along = (last - self.first) / self.width_px
        self.down = np.array([-self.along[1], self.along[0]], dtype=np.float32)
        self._upper = self._fitted(contour[9:16])
        self._lower = self._fitted(contour[1:8])
        middle = np.linspace(0.3, 0.7, 21, dtype=np.float32)
        photographed = _height(self._lower, middle) - _height(self._upper, middle)
        self.photographed_px = max(float(photographed.max()), 3.0)
        self._open_share = aperture_mm * PX_PER_MM / self.photographed_px

    def local(self, places: Points) -> tuple[Floats, Floats]:
        """places: (..., 2) px of the canvas -> share of the way from corner to corner, px below the corners' line."""
        away = places - self.first
        return (away @ self.along) / np.float32(self.width_px), away @ self.down

    def placed(self, share: Floats, height: Floats) -> Points:
        """The inverse of `local`."""
        across = (share * np.float32(self.width_px))[..., None] * self.along
        return np.asarray(self.first + across + height[..., None] * self.down, dtype=np.float32)

    def photographed(self, share: Floats) -> OpenEye:
        """share: of the way from the picture's left corner to its right one."""
        taper = np.clip(4 * share * (1 - share), 0, 1)
        return OpenEye(_height(self._upper, share), _height(self._lower, share), taper)

    def at(
        self, eye: OpenEye, closure: float, *, gaze_pitch_rad: float = 0.0, cheek: float = 0.0
    ) -> Margins:
        """cheek: 0..1, AU6."""
        visible = visible_closure(closure, gaze_pitch_rad)
        left = 1.0 - visible if visible >= 0 else 1.0 - visible * _WIDE_OPEN_SHARE
        opening = np.float32(self._open_share * left)
        old_upper, old_lower = eye.upper, eye.lower
        raised = np.float32(_LOWER_SHARE + _CHEEK_SHARE * max(cheek, 0.0))
        met = old_lower + (old_upper - old_lower) * raised
        sinks = _LOWER_FOLLOWS_MM * PX_PER_MM * max(-gaze_pitch_rad, 0.0) / math.radians(30)
        sinks = min(sinks, 5.0) + _SAGS_MM * PX_PER_MM * max(0.0, visible)
        met = met + np.float32(sinks) * eye.taper
        return Margins(
            met + (old_upper - met) * opening,
            met + (old_lower - met) * opening,
        )

    def _fitted(self, margin: Points) -> NDArray[np.float64]:
        share, height = self.local(margin)
        share = np.clip(share, 0.02, 0.98).astype(np.float64)
        powers = np.stack([share**order for order in range(_MARGIN_ORDER)], axis=1)
        powers *= (share * (1 - share))[:, None]
        fitted, *_ = np.linalg.lstsq(powers, height.astype(np.float64), rcond=None)
        return np.asarray(fitted)


def _height(polynomial: NDArray[np.float64], share: Floats) -> Floats:
    inside = np.clip(share, 0, 1).astype(np.float32)
    height = np.full_like(inside, polynomial[-1])
    for factor in polynomial[-2::-1]:
        height = height * inside + np.float32(factor)
    return np.asarray(height * inside * (1 - inside), dtype=np.float32)
