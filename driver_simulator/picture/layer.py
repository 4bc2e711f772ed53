"""Painted layers of a frame: brought into the light, moved, and laid over what is behind.

Pictures are 8-bit, and (H, W, 3) BGR or (H, W) luma all through; colours in layers are already multiplied by coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.solids import Array

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]  # (h, w, 3 or 1), factors at a few pixels

FIELD_STEP_PX = 8
"""Light is computed at one pixel of so many in each direction, and spread smoothly in between."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A window of the frame, painted at one pixel of `px_step` in each direction.

    `normals` tell, at one of `FIELD_STEP_PX` painted pixels, which way the surface looks (axes as in projection.py).
    """

    painted: Picture  # (h, w, 4) BGR and coverage; luma stands there three times, as OpenCV warps fours fastest
    normals: Field  # (ceil(h / 8), ceil(w / 8), 3)
    left_px: int
    top_px: int
    px_step: int = 1

    def in_frame(self) -> NDArray[np.float64]:
        """(2, 3): from painted pixels to the frame's."""
        # Pixels are counted from their middles.
        middle = 0.5 * self.px_step - 0.5
        return np.array(
            [
                [self.px_step, 0.0, self.left_px + middle],
                [0.0, self.px_step, self.top_px + middle],
            ]
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A lit layer at the frame's own pixels, inside the frame."""

    painted: Picture  # (h, w, 4), as of a layer
    left_px: int
    top_px: int

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.painted.shape[:2]
        return np.s_[self.top_px : self.top_px + height, self.left_px : self.left_px + width]


def layer_of(
    colour: Array, coverage: Array, normals: Array, left_px: int, top_px: int, px_step: int = 1
) -> Layer:
    """colour: (h, w, 3 or 1) 0..255, coverage: (h, w) 0..1, normals: (h, w, 3), meaningless where nothing is."""
    shape = (*coverage.shape, 3)
    covered = np.broadcast_to(np.clip(colour, 0, 255) * coverage[..., None], shape)
    painted = np.concatenate([covered, 255.0 * coverage[..., None]], axis=2)
    return Layer(
        (painted + 0.5).astype(np.uint8), coarse(normals, coverage), left_px, top_px, px_step
    )


def coarse(normals: Array, weight: Array) -> Field:
    """(h, w, 3) -> means over blocks of `FIELD_STEP_PX`, of what `weight` covers."""
    height, width = weight.shape
    size = (-(-width // FIELD_STEP_PX), -(-height // FIELD_STEP_PX))
    spread = (3 * FIELD_STEP_PX, 3 * FIELD_STEP_PX)
    # Blocks without cover take their neighbours' normals, so that light does not bend at the edge.
    total = cv2.blur(normals * weight[..., None], spread)
    share = cv2.blur(weight, spread)
    mean = cv2.resize(total, size, interpolation=cv2.INTER_AREA)
    mean = mean / np.maximum(cv2.resize(share, size, interpolation=cv2.INTER_AREA)[..., None], 1e-3)
    return np.asarray(mean, dtype=np.float32)


def brightened(picture: Picture, gain: Field) -> Picture:
    """`picture` times `gain`, which is spread over it. In (h, w, 4) the coverage stays as it is."""
    colours = picture.shape[2] if picture.ndim == 3 else 1
    strongest = max(float(gain.max()), 1.0)
    field = gain
    if colours == 4:
        field = np.ones((*gain.shape[:2], 4), dtype=np.float32)
        field[..., :3] = gain
    # 255 stands for the strongest gain: fine steps where the light is even, few where the sun burns anyway.
    scaled = np.minimum(field * (255.0 / strongest) + 0.5, 255.0).astype(np.uint8)
    size = (picture.shape[1], picture.shape[0])
    spread = cv2.resize(scaled, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(picture, spread, scale=strongest / 255.0), dtype=np.uint8)


def moved(
    painted: Picture, matrix: NDArray[np.float64], frame_size: tuple[int, int]
) -> Placed | None:
    """`painted` after `matrix` (2, 3: its pixels -> the frame's); None where nothing of it is in the frame."""
    height, width = painted.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)), frame_size).astype(int).tolist()
    if right <= left or bottom <= top:
        return None
    into_window = matrix - np.array([[0, 0, left], [0, 0, top]])
    window = cv2.warpAffine(painted, into_window, (right - left, bottom - top))
    return Placed(np.asarray(window, dtype=np.uint8), left, top)


def lay_over(frame: Picture, placed: Placed) -> None:
    """In place."""
    coverage = cv2.extractChannel(placed.painted, 3)
    if frame.ndim == 3:
        colour = cv2.cvtColor(placed.painted, cv2.COLOR_BGRA2BGR)
    else:
        colour = cv2.extractChannel(placed.painted, 0)
    _blend(frame[placed.window], np.asarray(colour), coverage)


def lay_uncovered(
    frame: Picture, colour: Picture, coverage: Picture, left_px: int, top_px: int
) -> None:
    """The same for a colour that is not yet multiplied by its coverage, and wholly inside the frame."""
    height, width = coverage.shape
    share = cv2.merge([coverage] * 3) if frame.ndim == 3 else coverage
    covered = cv2.multiply(colour, share, scale=1 / 255)
    _blend(frame[top_px : top_px + height, left_px : left_px + width], covered, coverage)


def _blend(behind: Picture, colour: NDArray[Any], coverage: NDArray[Any]) -> None:
    through = cv2.bitwise_not(coverage)
    if behind.ndim == 3:
        through = cv2.merge([through] * 3)
    behind[:] = cv2.add(cv2.multiply(behind, through, scale=1 / 255), colour)
