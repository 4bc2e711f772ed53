"""Smooth fields through scattered values: thin-plate splines with a little smoothing (Duchon 1977; Wahba 1990)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_UNIT_PX = 100.0


def smooth_through(known: Doubles, values: Doubles, asked: Doubles, *, slack: float) -> Doubles:
    """known: (N, 2) px, values: (N, ...), asked: (M, 2) -> (M, ...). slack: 0 goes through every value."""
    count = len(known)
    plane = np.column_stack([np.ones(count), known / _UNIT_PX])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(known, known) + slack * np.eye(count)
    system[:count, count:], system[count:, :count] = plane, plane.T
    right = np.concatenate([values, np.zeros((3, *values.shape[1:]))])
    weights = np.linalg.solve(system, right.reshape(count + 3, -1))
    affine = np.column_stack([np.ones(len(asked)), asked / _UNIT_PX])
    found = _kernel(asked, known) @ weights[:count] + affine @ weights[count:]
    return np.asarray(found.reshape(len(asked), *values.shape[1:]))


def _kernel(a: Doubles, b: Doubles) -> Doubles:
    far2 = ((a[:, None] - b[None]) ** 2).sum(axis=-1) / _UNIT_PX**2
    return np.asarray(far2 * np.log(far2 + 1e-9))
