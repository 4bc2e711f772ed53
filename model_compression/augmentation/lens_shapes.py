"""Where a pair of glasses sits on a face: outlines of both lenses, bridge and temples, in picture px.

Each lens reaches from the root of the nose to beyond the outer corner of its eye, so that the far one narrows as the
head turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER, PARTS
from model_compression.augmentation.face_frame import FaceFrame

Floats = NDArray[np.float32]

_ANGLE = np.linspace(0, 2 * np.pi, 36, endpoint=False)
_NARROWEST = 0.05
_OVAL, _LID_RIGHT, _LID_LEFT = (
    PARTS[name].start for name in ("oval", "eyelid_right", "eyelid_left")
)
_RIGHT_EAR, _LEFT_EAR = (_OVAL + 29, _OVAL + 28), (_OVAL + 7, _OVAL + 8)
# Root of the nose, then outer and inner corner of the right eye and of the left.
_ROWS = [
    PARTS["nose"].start,
    *(lid + corner for lid in (_LID_RIGHT, _LID_LEFT) for corner in (OUTER_CORNER, INNER_CORNER)),
]


@dataclass(frozen=True, slots=True)
class LensShape:
    """In eye distances of a face seen from the front."""

    half_height: float
    exponent: float  # of the superellipse: 2 round, 5 nearly a rectangle
    taper: float = 0.0  # how much narrower the bottom is
    lift: float = 0.0  # how much higher the outer upper corner is
    flat_top: float = 1.0  # height of the upper half over the lower
    bridge: float = 0.26  # between the lenses
    margin: float = 0.12  # beyond the outer corner of the eye
    drop: float = 0.08  # centre below the eyes


SHAPES = {
    "round": LensShape(0.36, 2.1, bridge=0.32, margin=0.04),
    "panto": LensShape(0.34, 2.5, taper=0.12, flat_top=0.9),
    "square": LensShape(0.29, 4.5, taper=0.08, drop=0.06),
    "narrow": LensShape(0.2, 3.2, taper=0.05, drop=0.12),
    "wayfarer": LensShape(0.33, 3.4, taper=0.18, lift=0.06, flat_top=0.9, margin=0.16),
    "aviator": LensShape(0.42, 2.6, taper=0.3, flat_top=0.65, margin=0.16, drop=0.1),
    "cat": LensShape(0.3, 2.8, taper=0.12, lift=0.12, margin=0.16),
    "large": LensShape(0.46, 2.8, taper=0.1, flat_top=0.8, margin=0.2, drop=0.12),
    "sport": LensShape(0.29, 3.0, taper=0.25, lift=0.05, flat_top=0.7, bridge=0.12, margin=0.26),
}


@dataclass(frozen=True, slots=True)
class Fit:
    """Outlines (36, 2) px; paths (N, 2) px. The first lens is the driver's right eye's."""

    lenses: tuple[Floats, Floats]
    centers: tuple[Floats, Floats]
    half_sizes: tuple[tuple[float, float], tuple[float, float]]  # eye distances
    bridge: Floats
    temples: tuple[Floats, ...]


def varied(shape: LensShape, rng: np.random.Generator) -> LensShape:
    """The same model by another maker."""
    return replace(
        shape,
        half_height=shape.half_height * float(rng.uniform(0.88, 1.15)),
        exponent=shape.exponent * float(rng.uniform(0.9, 1.15)),
        taper=shape.taper * float(rng.uniform(0.5, 1.3)),
        bridge=shape.bridge * float(rng.uniform(0.8, 1.2)),
        margin=shape.margin + float(rng.uniform(-0.04, 0.06)),
        drop=shape.drop + float(rng.uniform(-0.05, 0.08)),
    )


def fitted(frame: FaceFrame, shape: LensShape, tilt: float = 0.0) -> Fit:
    """tilt: how crooked they sit, radians."""
    root, *corners = frame.local(frame.points[_ROWS]).tolist()
    x, y = _outline(shape)
    placed, half_sizes = [], []
    for (outer, inner), sign in zip((corners[:2], corners[2:]), (-1.0, 1.0), strict=True):
        inner_x = root[0] + sign * shape.bridge / 2 * frame.across
        outer_x = outer[0] + sign * shape.margin * max(frame.across, 0.3)
        half_width = max(sign * (outer_x - inner_x) / 2, _NARROWEST)
        center_x = inner_x + sign * half_width
        center_y = 0.75 * (outer[1] + inner[1]) / 2 + shape.drop + tilt * center_x
        top_y = center_y - 0.45 * shape.half_height * shape.flat_top
        across = sign * half_width * x
        own = np.empty((len(x) + 3, 2), dtype=np.float32)
        own[:-3, 0] = center_x + across
        own[:-3, 1] = center_y + shape.half_height * y + tilt * across
        own[-3] = center_x, center_y
        own[-2] = center_x - sign * 0.93 * half_width, top_y  # where the bridge begins
        own[-1] = center_x + sign * 0.97 * half_width, top_y  # the hinge of the temple
        placed.append(frame.at(own))
        half_sizes.append((half_width, shape.half_height))
    right, left = placed
    middle = (right[-2] + left[-2]) / 2 - 0.05 * frame.unit_px * frame.down
    return Fit(
        (right[:-3], left[:-3]),
        (right[-3], left[-3]),
        (half_sizes[0], half_sizes[1]),
        np.stack([right[-2], middle, left[-2]]),
        _temples(frame, right[-1], left[-1]),
    )


def _temples(frame: FaceFrame, right_hinge: Floats, left_hinge: Floats) -> tuple[Floats, ...]:
    """From the hinges to the ears; the far one is behind the head."""
    temples = []
    for hinge, rows, sign in ((right_hinge, _RIGHT_EAR, -1.0), (left_hinge, _LEFT_EAR, 1.0)):
        outwards = np.float32(0.08 * sign * (1 - abs(frame.turn)) * frame.unit_px) * frame.right
        ear = (frame.points[rows[0]] + frame.points[rows[1]]) / 2 + outwards
        ear = ear - np.float32(0.12 * frame.unit_px) * frame.down
        if sign * float((ear - hinge) @ frame.right) > 0.1 * frame.unit_px:
            temples.append(np.stack([hinge, ear]))
    return tuple(temples)


def _outline(shape: LensShape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit outline, x towards the temple, y down."""
    cos, sin = np.cos(_ANGLE), np.sin(_ANGLE)
    x = np.sign(cos) * np.abs(cos) ** (2 / shape.exponent)
    y = np.sign(sin) * np.abs(sin) ** (2 / shape.exponent)
    x = x * (1 - shape.taper * np.maximum(y, 0))
    y = np.where(y < 0, y * shape.flat_top, y)
    return x, y - shape.lift / shape.half_height * np.maximum(x, 0) * (y < 0)
