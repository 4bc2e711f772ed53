"""An eye's opening as two curves over the line between its corners, and the same at another aperture.

Coordinates: widths of the eye, the corner towards the picture's left at (0, 0), the other at (1, 0), y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER

Floats = NDArray[np.float64]

_LOWER_LID = 0.05  # of the closing is done by the lower lid
_LEAST_APART = 1e-3
_ALONG = np.linspace(0.0, 1.0, 257)  # where the curves are kept


@dataclass(frozen=True, slots=True)
class Opening:
    """upper, lower: heights of each lid from corner to corner; origin_px, across_px: of the corner line."""

    upper: Floats
    lower: Floats
    origin_px: Floats
    across_px: Floats

    @property
    def width_px(self) -> float:
        return float(np.hypot(*self.across_px))

    def local(self, points_px: Floats) -> Floats:
        """(..., 2) px -> the same in the eye's coordinates."""
        moved = points_px - self.origin_px
        along, down = self.across_px, np.array([-self.across_px[1], self.across_px[0]])
        return np.stack([moved @ along, moved @ down], axis=-1) / self.width_px**2

    def picture(self, points: Floats) -> Floats:
        """The inverse of `local`."""
        along, down = self.across_px, np.array([-self.across_px[1], self.across_px[0]])
        placed: Floats = points[..., :1] * along + points[..., 1:] * down + self.origin_px
        return placed

    def lids(self, x: Floats) -> tuple[Floats, Floats]:
        """Heights of the upper and the lower lid; both 0 beyond the corners."""
        upper: Floats = np.interp(x, _ALONG, self.upper)
        lower: Floats = np.interp(x, _ALONG, self.lower)
        return upper, lower

    def lids_at(self, x: Floats, aperture: float) -> tuple[Floats, Floats]:
        """The same with the gap everywhere `aperture` times as high."""
        upper, lower = self.lids(x)
        closing = (1.0 - aperture) * (lower - upper)
        return upper + (1.0 - _LOWER_LID) * closing, lower - _LOWER_LID * closing


def opening_of(eyelid: NDArray[np.float32]) -> Opening:
    """eyelid: (16, 2) px, in the order of `landmark_layout`."""
    corners = eyelid[[OUTER_CORNER, INNER_CORNER]].astype(np.float64)
    left, right = corners[np.argsort(corners[:, 0])]
    across = right - left
    if np.hypot(*across) < 1.0:
        across = np.array([1.0, 0.0])
    flat = Opening(np.zeros_like(_ALONG), np.zeros_like(_ALONG), left, across)
    lower = _curve(flat.local(eyelid[1:INNER_CORNER].astype(np.float64)))
    upper = _curve(flat.local(eyelid[INNER_CORNER + 1 :].astype(np.float64)))
    return Opening(upper, np.maximum(upper, lower), left, across)


def _curve(points: Floats) -> Floats:
    """Heights at `_ALONG` of the cubic Hermite curve from corner to corner through the points (K, 2)."""
    kept = [np.array([0.0, 0.0])]
    for point in points[np.argsort(points[:, 0])]:
        # A jittering contour may have put one point beside or behind another.
        if kept[-1][0] + _LEAST_APART < point[0] < 1.0 - _LEAST_APART:
            kept.append(point)
    x, y = np.array([*kept, np.array([1.0, 0.0])]).T
    slope = np.gradient(y, x)
    at = np.clip(np.searchsorted(x, _ALONG, side="right") - 1, 0, len(x) - 2)
    width = x[at + 1] - x[at]
    t = (_ALONG - x[at]) / width
    curve: Floats = (
        (1 + 2 * t) * (1 - t) ** 2 * y[at]
        + t * (1 - t) ** 2 * width * slope[at]
        + t**2 * (3 - 2 * t) * y[at + 1]
        + t**2 * (t - 1) * width * slope[at + 1]
    )
    return curve
