"""How the light falls on a head: as on a smooth oval with a nose, spread over the head's window of the frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.layer import Field
from driver_simulator.picture.solids import Array, vector
from edge_app.face.landmark_layout import PARTS

FIELD_STEP_PX = 6
"""Finer than elsewhere: a nose is small."""
_HALF_WIDTH_M, _HALF_HEIGHT_M = 0.088, 0.135
_NOSE_HALF_WIDTH_M = 0.02
_NOSE_SLOPE = 0.75


def head_normals(
    points: NDArray[np.float32], window: tuple[int, int, int, int], scale: float, axes: Array
) -> Field:
    """points: (146, 2) px, window: left, top, width, height px, scale: px for a metre, axes: the camera's."""
    left, top, width, height = window
    oval, nose = points[PARTS["oval"]], points[PARTS["nose"]]
    # The oval ends at the hairline: the head's middle is higher than the face's.
    middle = oval.mean(axis=0) - vector(0.0, 0.015 * scale)
    columns = left + _middles(width)
    rows = top + _middles(height)
    across = np.clip((columns - middle[0]) / (_HALF_WIDTH_M * scale), -0.95, 0.95)
    down = np.clip((rows - middle[1]) / (_HALF_HEIGHT_M * scale), -0.9, 0.9)
    normals = np.empty((len(rows), len(columns), 3), dtype=np.float32)
    normals[..., 0] = across
    # A face is flatter from top to bottom than a ball.
    normals[..., 1] = (0.7 * down)[:, None]
    normals[..., 2] = -np.sqrt(np.maximum(1 - across**2 - (0.49 * down**2)[:, None], 0.05))

    root, tip = nose[0], nose[-1]
    share = np.clip((rows - root[1]) / max(float(tip[1] - root[1]), 1.0), -0.3, 1.2)
    ridge = root[0] + share * (tip[0] - root[0])
    aside = (columns[None, :] - ridge[:, None]) / (_NOSE_HALF_WIDTH_M * scale)
    bump = np.exp(-2.0 * aside**2) * aside * (np.clip(share, 0, 1) * (share < 1.15))[:, None]
    normals[..., 0] += 2.3 * _NOSE_SLOPE * bump
    normals /= np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))[..., None]
    return np.asarray(normals @ axes.T.astype(np.float32), dtype=np.float32)


def _middles(length_px: int) -> Array:
    count = -(-length_px // FIELD_STEP_PX)
    return (np.arange(count, dtype=np.float32) + np.float32(0.5)) * np.float32(FIELD_STEP_PX)
