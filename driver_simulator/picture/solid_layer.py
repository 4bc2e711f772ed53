"""Solid things as a layer of the frame: seen once from the camera, cut out with soft edges, out of focus where near.

In: things in metres, a window of the frame. Out: a `Layer` in even light, ready to be moved and lit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.layer import Layer, layer_of
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solids import Array, Thing, see

_EDGE_PX = 0.6  # of rays


@dataclass(frozen=True, slots=True)
class Window:
    """Pixels of the frame, which may lie beyond it."""

    left: int
    top: int
    width: int
    height: int


def layer_of_solids(
    things: Sequence[Thing],
    projection: Projection,
    window: Window,
    *,
    luma: bool,
    place: NDArray[np.float64] | None = None,
    px_step: int = 2,
    only: int | None = None,
    blur_px: float = 0.0,
) -> Layer:
    """With `only`, what is seen of that thing. place: of the things' origin, m. luma: without colours."""
    columns, rows = -(-window.width // px_step), -(-window.height // px_step)
    rays = projection.rays(window.left, window.top, columns, rows, px_step)
    origin = projection.position - (np.zeros(3) if place is None else place)
    seen = see(things, origin.astype(np.float32), rays, reach_m=2.5)
    shown = np.isfinite(seen.depth) if only is None else seen.thing == only
    colour = seen.bgr * (0.25 + 0.75 * seen.openness[..., None])
    if luma:
        colour = colour.mean(axis=2, keepdims=True)
    colour = _carried_out(colour, shown, px=3 + int(2 * blur_px / px_step))
    coverage = softened(shown.astype(np.float32), max(_EDGE_PX, blur_px / px_step))
    colour = softened(colour, max(_EDGE_PX, blur_px / px_step)).reshape(rows, columns, -1)
    return layer_of(colour, coverage, seen.normals, window.left, window.top, px_step)


def _carried_out(colour: Array, shown: NDArray[np.bool_], px: int) -> Array:
    """Colours carried beyond the edge, which soft edges would else darken."""
    weight = shown.astype(np.float32)
    size = (2 * px + 1, 2 * px + 1)
    total = cv2.blur(colour * weight[..., None], size).reshape(colour.shape)
    near = total / np.maximum(cv2.blur(weight, size)[..., None], 1e-3)
    return np.where(shown[..., None], colour, near).astype(np.float32)
