"""Painted layers of a frame: brought into the light, moved, and laid over what is behind.

Pictures are 8-bit, and (H, W, 3) BGR or (H, W) luma all through; colours in layers are already multiplied by coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]  # (h, w, 3 or 1), factors at a few pixels

FIELD_STEP_PX = 8
"""Light is computed at one pixel of so many in each direction, and spread smoothly in between."""
_EVEN_GAIN = 0.004


@dataclass(frozen=True, slots=True)
class Layer:
    """A window of the frame, painted at one pixel of `px_step` in each direction.

    `normals` tell, at one of `FIELD_STEP_PX` painted pixels, which way the surface looks (axes as in projection.py).
    """

    painted: Picture  # (h, w, 4) BGR and coverage, or (h, w, 2) luma and coverage
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


def layer_of(
    colour: NDArray[np.float32],
    coverage: NDArray[np.float32],
    normals: NDArray[np.float32],
    left_px: int,
    top_px: int,
    px_step: int = 1,
) -> Layer:
    """colour: (h, w, 3 or 1) 0..255, coverage: (h, w) 0..1, normals: (h, w, 3), meaningless where nothing is."""
    painted = np.concatenate(
        [np.clip(colour, 0, 255) * coverage[..., None], 255.0 * coverage[..., None]], axis=2
    )
    return Layer(
        (painted + 0.5).astype(np.uint8), coarse(normals, coverage), left_px, top_px, px_step
    )


def coarse(normals: NDArray[np.float32], weight: NDArray[np.float32]) -> Field:
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
    """`picture` times `gain`, which is spread over it. In (h, w, 4) or (h, w, 2) the coverage stays as it is."""
    colours = picture.shape[2] if picture.ndim == 3 else 1
    strongest = max(float(gain.max()), 1.0)
    field = gain if gain.ndim == 3 else gain[..., None]
    if colours in (2, 4):
        field = np.concatenate([field, np.ones_like(field[..., :1])], axis=2)
    # 255 stands for the strongest gain: fine steps where the light is even, few where the sun burns anyway.
    scaled = np.minimum(field * (255.0 / strongest) + 0.5, 255.0).astype(np.uint8)
    if np.ptp(field[..., :3]) < _EVEN_GAIN and colours in (1, 3):
        return cv2.convertScaleAbs(picture, alpha=float(field.flat[0]), beta=0)  # type: ignore[return-value]
    spread = cv2.resize(
        scaled, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return cv2.multiply(picture, spread, scale=strongest / 255.0)  # type: ignore[return-value]


def moved(
    painted: Picture, matrix: NDArray[np.float64], frame_size: tuple[int, int]
) -> Layer | None:
    """`painted` after `matrix` (2, 3: its pixels -> the frame's); None where nothing of it is in the frame."""
    height, width = painted.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)), frame_size).astype(int).tolist()
    if right <= left or bottom <= top:
        return None
    into_window = matrix - np.array([[0, 0, left], [0, 0, top]])
    window = cv2.warpAffine(painted, into_window, (right - left, bottom - top))
    return Layer(np.asarray(window, dtype=np.uint8), np.zeros((1, 1, 3), np.float32), left, top)


def lay_over(frame: Picture, layer: Layer) -> None:
    """Lay `layer`, painted at every pixel, over `frame`, in place; what is outside the frame is left out."""
    height, width = layer.painted.shape[:2]
    left, top = max(layer.left_px, 0), max(layer.top_px, 0)
    right = min(layer.left_px + width, frame.shape[1])
    bottom = min(layer.top_px + height, frame.shape[0])
    if right <= left or bottom <= top:
        return
    painted = layer.painted[
        top - layer.top_px : bottom - layer.top_px, left - layer.left_px : right - layer.left_px
    ]
    coverage = cv2.extractChannel(painted, painted.shape[2] - 1)
    luma = frame.ndim == 2
    colour = cv2.extractChannel(painted, 0) if luma else cv2.cvtColor(painted, cv2.COLOR_BGRA2BGR)
    _blend(frame[top:bottom, left:right], colour, coverage)


def lay_uncovered(
    frame: Picture, colour: Picture, coverage: Picture, left_px: int, top_px: int
) -> None:
    """The same for a colour that is not yet multiplied by its coverage, wholly inside the frame."""
    height, width = coverage.shape
    share = cv2.merge([coverage] * 3) if frame.ndim == 3 else coverage
    covered = cv2.multiply(colour, share, scale=1 / 255)
    _blend(frame[top_px : top_px + height, left_px : left_px + width], covered, coverage)


def _blend(behind: Picture, colour: NDArray[Any], coverage: NDArray[Any]) -> None:
    through = cv2.bitwise_not(coverage)
    if behind.ndim == 3:
        through = cv2.merge([through] * 3)
    behind[:] = cv2.add(cv2.multiply(behind, through, scale=1 / 255), colour)
