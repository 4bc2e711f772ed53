"""A thin-plate spline: the least bent smooth displacement of the plane that moves given points as asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class ThinPlate:
    """Interpolates `values` (K, D) given at `points` (K, 2). Bookstein 1989."""

    def __init__(self, points: Floats, values: Floats) -> None:
        count = len(points)
        flat = np.column_stack([np.ones(count), points])  # (K, 3)
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = _bending(points, points)
        system[:count, count:] = flat
        system[count:, :count] = flat.T
        wanted = np.zeros((count + 3, values.shape[1]))
        wanted[:count] = values
        self._points = points
        # Least squares, since two points of a face may fall together.
        self._terms = np.linalg.lstsq(system, wanted, rcond=1e-10)[0]

    def at(self, places: Floats) -> Floats:
        """places: (..., 2) -> (..., D)."""
        flat = places.reshape(-1, 2)
        rows = np.column_stack([_bending(flat, self._points), np.ones(len(flat)), flat])
        found: Floats = (rows @ self._terms).reshape(*places.shape[:-1], -1)
        return found


def _bending(places: Floats, points: Floats) -> Floats:
    """(N, 2), (K, 2) -> (N, K): r^2 log r."""
    apart = ((places[:, None] - points[None]) ** 2).sum(axis=2)
    bent: Floats = 0.5 * apart * np.log(np.maximum(apart, 1e-12))
    return bent
