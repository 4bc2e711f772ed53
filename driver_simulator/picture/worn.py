"""Canvas geometry that everything worn on a head is drawn with: where the face's parts are, soft areas, fibres."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    PX_PER_M,
    Portrait,
)
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solids import Array, vector
from edge_app.face.landmark_layout import PARTS

PX_PER_MM = PX_PER_M / 1000
_SUBPIXELS = 3  # binary digits of a pixel that polygons are drawn to
Bgr = tuple[float, float, float]


def canvas_grid() -> tuple[Array, Array]:
    """x (1, W) and y (H, 1) of the canvas's pixels."""
    x = np.arange(CANVAS_WIDTH_PX, dtype=np.float32)[None, :]
    y = np.arange(CANVAS_HEIGHT_PX, dtype=np.float32)[:, None]
    return x, y


@dataclass(frozen=True, slots=True)
class FaceOnCanvas:
    """Places that wearables hang on, px of the canvas."""

    eye_right: Array  # the picture's left one
    eye_left: Array
    nose: Array  # (8, 2) root to base
    lips: Array  # (20, 2)
    oval: Array  # (36, 2)
    brows: Array  # (20, 2)

    @property
    def chin(self) -> Array:
        chin: Array = self.oval[18]
        return chin

    @property
    def middle_x(self) -> float:
        return float((self.eye_left[0] + self.eye_right[0]) / 2)

    def edges_at(self, y: float) -> tuple[float, float]:
        """x of the face's outline at this height, left and right in the picture."""
        ys, xs = self.oval[:, 1], self.oval[:, 0]
        middle = self.middle_x
        left, right = xs < middle, xs >= middle
        ends = []
        for side in (left, right):
            order = np.argsort(ys[side])
            ends.append(float(np.interp(y, ys[side][order], xs[side][order])))
        return ends[0], ends[1]


def face_of(portrait: Portrait) -> FaceOnCanvas:
    points = portrait.points

    def eye(side: str) -> Array:
        lids = points[PARTS[f"eyelid_{side}"]]
        middle: Array = (lids[0] + lids[8]) / 2
        return middle

    return FaceOnCanvas(
        eye_right=eye("right"),
        eye_left=eye("left"),
        nose=points[PARTS["nose"]],
        lips=points[PARTS["lips_outer"]],
        oval=points[PARTS["oval"]],
        brows=np.concatenate([points[PARTS["brow_left"]], points[PARTS["brow_right"]]]),
    )


def area(outline: Array, soft_px: float = 0.8) -> Array:
    """(N, 2) px -> (H, W) 0..1, soft at its edge."""
    drawn = np.zeros((CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX), dtype=np.uint8)
    corners = np.round(np.asarray(outline) * 2**_SUBPIXELS).astype(np.int32)
    cv2.fillPoly(drawn, [corners], 255, lineType=cv2.LINE_AA, shift=_SUBPIXELS)
    return softened(drawn.astype(np.float32) / 255, soft_px)


def line(places: Array, width_px: int, soft_px: float = 0.6) -> Array:
    """(N, 2) px -> (H, W) 0..1 along them."""
    drawn = np.zeros((CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX), dtype=np.uint8)
    corners = np.round(np.asarray(places) * 2**_SUBPIXELS).astype(np.int32)
    cv2.polylines(drawn, [corners], False, 255, width_px, lineType=cv2.LINE_AA, shift=_SUBPIXELS)
    return softened(drawn.astype(np.float32) / 255, soft_px)


def smooth_curve(places: Array, count: int = 60) -> Array:
    """Points along a curve through `places` (N, 2), N >= 3: Catmull-Rom."""
    knots = np.concatenate([places[:1], places, places[-1:]]).astype(np.float64)
    pieces = []
    each = max(2, count // (len(places) - 1))
    t = np.linspace(0, 1, each, endpoint=False)[:, None]
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
            + 0.5 * (3 * b - a - 3 * c + d) * t**3
        )
    curve: Array = np.concatenate([*pieces, knots[-2:-1]])
    return curve


def fibres(random: np.random.Generator, length_px: float, width_px: float) -> Array:
    """(H, W) noise of unit deviation, drawn out downwards: hair, cloth."""
    noise = random.normal(0, 1, (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX)).astype(np.float32)
    drawn = softened(noise, width_px, length_px)
    return drawn / max(float(drawn.std()), 1e-6)


def covering(
    cover: Array, colour: Array, shadow: Array | None = None, *, follows_skin: bool = False
) -> Overlay:
    """What hides the face by `cover` (H, W) 0..1 with `colour` (H, W, 3); `shadow` dims what is left of it."""
    left = 1.0 - cover
    if shadow is not None:
        left = left * (1.0 - shadow)
    return Overlay(
        gain=left[..., None].astype(np.float32),
        add=np.clip(colour * cover[..., None], 0, 255).astype(np.float32),
        alpha=(cover > 0.5).astype(np.float32),
        follows_skin=follows_skin,
    )


def painted(bgr: Bgr, shade: Array) -> NDArray[np.float32]:
    """(H, W) shade -> (H, W, 3) colours."""
    return np.asarray(shade[..., None] * vector(*bgr), dtype=np.float32)
