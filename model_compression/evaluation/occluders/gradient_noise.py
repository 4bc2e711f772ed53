"""Gradient noise (Perlin 1985) on any coordinates, from which cloth, clouds, skin and tortoiseshell are made."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]

_CELLS = 64


class GradientNoise:
    """`at(x, y)`: about -0.7..0.7, smooth, one bump per unit; it repeats after 64 units."""

    def __init__(self, rng: np.random.Generator) -> None:
        angle = rng.uniform(0, 2 * np.pi, (_CELLS, _CELLS)).astype(np.float32)
        self._slope_x, self._slope_y = np.cos(angle), np.sin(angle)

    def at(self, x: Field, y: Field) -> Field:
        left, top = np.floor(x), np.floor(y)
        right_of, below = x - left, y - top
        column, row = left.astype(np.int64) % _CELLS, top.astype(np.int64) % _CELLS
        weight_x, weight_y = _faded(right_of), _faded(below)
        corners = []
        for down in (0, 1):
            for across in (0, 1):
                at = ((row + down) % _CELLS, (column + across) % _CELLS)
                corners.append(
                    self._slope_x[at] * (right_of - across) + self._slope_y[at] * (below - down)
                )
        upper = corners[0] + weight_x * (corners[1] - corners[0])
        lower = corners[2] + weight_x * (corners[3] - corners[2])
        return np.asarray(upper + weight_y * (lower - upper), dtype=np.float32)

    def clouds(self, x: Field, y: Field, octaves: int = 4) -> Field:
        """Sum of octaves, about -1..1."""
        total = np.zeros_like(x, dtype=np.float32)
        for octave in range(octaves):
            scale = 2.0**octave
            total += self.at(x * scale + 7.3 * octave, y * scale - 3.1 * octave) / scale
        return total


def _faded(t: Field) -> Field:
    return np.asarray(t * t * t * (t * (t * 6 - 15) + 10), dtype=np.float32)
