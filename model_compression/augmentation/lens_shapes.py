"""Where a pair of glasses sits on a face: outlines of both lenses, bridge and temples, in picture px.

Each lens reaches from the root of the nose to beyond the outer corner of its eye, so that the far one narrows as the
head turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import OUTER_CORNER, PARTS
from model_compression.augmentation.face_frame import FaceFrame

Floats = NDArray[np.float32]

_ANGLE = np.linspace(0, 2 * np.pi, 36, endpoint=False)
_NARROWEST = 0.05
_EARS = {"left": (7, 8), "right": (29, 28)}  # rows of the oval


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
    nose = frame.local(frame.part("nose"))[0]
    lenses, centers, half_sizes, temples = [], [], [], []
    inner_ends = []
    for side, sign in (("right", -1.0), ("left", 1.0)):
        lid = frame.local(frame.part(f"eyelid_{side}"))
        eye_y = float(lid[[0, 8], 1].mean())
        inner = float(nose[0]) + sign * shape.bridge / 2 * frame.across
        outer = float(lid[OUTER_CORNER, 0]) + sign * shape.margin * max(frame.across, 0.3)
        half_width = max(sign * (outer - inner) / 2, _NARROWEST)
        center = np.array([inner + sign * half_width, 0.75 * eye_y + shape.drop])
        x, y = _outline(shape)
        center[1] += tilt * center[0]
        outline = np.stack(
            [
                center[0] + sign * half_width * x,
                center[1] + shape.half_height * y + tilt * sign * half_width * x,
            ],
            axis=1,
        )
        lenses.append(frame.at(outline.astype(np.float32)))
        centers.append(frame.at([(float(center[0]), float(center[1]))])[0])
        half_sizes.append((half_width, shape.half_height))
        top = float(center[1]) - 0.45 * shape.half_height * shape.flat_top
        inner_ends.append((float(center[0]) - sign * 0.93 * half_width, top))
        hinge = frame.at([(float(center[0]) + sign * 0.97 * half_width, top)])
        ear = frame.points[[PARTS["oval"].start + row for row in _EARS[side]]].mean(axis=0)
        ear = ear + (0.08 * sign * (1 - abs(frame.turn))) * frame.right * frame.unit_px
        ear = ear - 0.12 * frame.down * frame.unit_px
        # The far temple is behind the head.
        if sign * float((ear - hinge[0]) @ frame.right) > 0.1 * frame.unit_px:
            temples.append(np.concatenate([hinge, ear[None]]))
    (right_x, right_y), (left_x, left_y) = inner_ends
    middle = ((right_x + left_x) / 2, (right_y + left_y) / 2 - 0.05)
    return Fit(
        (lenses[0], lenses[1]),
        (centers[0], centers[1]),
        (half_sizes[0], half_sizes[1]),
        frame.at([(right_x, right_y), middle, (left_x, left_y)]),
        tuple(temples),
    )


def _outline(shape: LensShape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit outline, x towards the temple, y down."""
    cos, sin = np.cos(_ANGLE), np.sin(_ANGLE)
    x = np.sign(cos) * np.abs(cos) ** (2 / shape.exponent)
    y = np.sign(sin) * np.abs(sin) ** (2 / shape.exponent)
    x = x * (1 - shape.taper * np.maximum(y, 0))
    y = np.where(y < 0, y * shape.flat_top, y)
    return x, y - shape.lift / shape.half_height * np.maximum(x, 0) * (y < 0)
