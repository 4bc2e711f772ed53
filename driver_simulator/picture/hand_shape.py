"""A hand with its forearm as solid shapes: palm, fingers bent as asked, thumb, sleeve.

In: where the wrist is, where the fingers point and the palm looks. Out: things for `solids.see`. Proportions are those
of an adult's hand of 19 cm (Pheasant and Haslegrave 2006, Bodyspace, hand dimensions).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.solids import Array, Blend, Box, Capsule, Paint, Shape, Thing, vector

Point = tuple[float, float, float]
Vector = NDArray[np.float64]

_PALM_M, _PALM_WIDTH_M, _PALM_THICK_M = 0.1, 0.08, 0.027
_PHALANGES_M = (0.044, 0.027, 0.022)
# Place across the palm (thumb's side positive), and length against the middle finger.
_FINGERS = ((0.029, 0.92), (0.0095, 1.0), (-0.0105, 0.93), (-0.029, 0.74))
_FINGER_RADIUS_M = 0.0095
_SLEEVE_FROM_M = 0.075
_ARM_RADIUS_M = 0.029


@dataclass(frozen=True, slots=True)
class HandPose:
    """Metres and directions as in projection.py. `left` is the driver's left hand."""

    wrist: Point
    fingers: Point  # where stretched fingers point
    palm: Point  # where the palm looks
    elbow: Point
    bends: tuple[float, float, float] = (0.25, 0.3, 0.2)  # of the three joints, radians
    spread: float = 0.06  # between neighbouring fingers, radians
    thumb_out: float = 0.7  # 0 along the fingers, 1 far from them
    left: bool = False


def hand_things(pose: HandPose, skin: Paint, sleeve: Paint) -> list[Thing]:
    wrist = np.array(pose.wrist)
    fingers, palm, thumb_side = _frame(pose)
    axes = np.stack([thumb_side, -fingers, palm], axis=1)
    middle = wrist + 0.5 * _PALM_M * fingers
    flesh: list[Shape] = [
        Box(
            _point(middle),
            (_PALM_WIDTH_M / 2, _PALM_M / 2, _PALM_THICK_M / 2),
            0.013,
            axes,
            taper=-0.14,
        ),
        # The ball of the thumb.
        Capsule(
            _point(wrist + 0.02 * fingers + 0.014 * thumb_side + 0.006 * palm),
            _point(wrist + 0.05 * fingers + 0.03 * thumb_side + 0.006 * palm),
            0.017,
            0.013,
        ),
    ]
    nails: list[Shape] = []
    for index, (across, length) in enumerate(_FINGERS):
        fan = pose.spread * (1.5 - index)
        joint = wrist + _PALM_M * 0.96 * fingers + across * thumb_side
        angle = 0.0
        for order, (phalanx, bend) in enumerate(zip(_PHALANGES_M, pose.bends, strict=True)):
            angle += bend
            along = math.cos(angle) * fingers + math.sin(angle) * palm + fan * thumb_side
            way = along / np.linalg.norm(along)
            end = joint + phalanx * length * way
            thick = _FINGER_RADIUS_M * (1 - 0.1 * order) * (0.85 + 0.15 * length)
            flesh.append(Capsule(_point(joint), _point(end), thick, 0.92 * thick))
            if order == 2:
                back = math.sin(angle) * fingers - math.cos(angle) * palm
                nail = end - 0.004 * way + 0.62 * thick * back
                nails.append(
                    Capsule(_point(nail), _point(nail + 0.006 * way), 0.5 * thick, 0.45 * thick)
                )
            joint = end
    root = wrist + 0.042 * fingers + 0.034 * thumb_side + 0.004 * palm
    out = pose.thumb_out
    first = _unit((1 - 0.35 * out) * fingers + 0.85 * out * thumb_side + 0.35 * palm)
    second = _unit(first + 0.35 * fingers + 0.1 * palm - 0.3 * out * thumb_side)
    flesh += [
        Capsule(_point(root), _point(root + 0.036 * first), 0.0125, 0.011),
        Capsule(
            _point(root + 0.036 * first),
            _point(root + 0.036 * first + 0.03 * second),
            0.011,
            0.0092,
        ),
    ]
    elbow = np.array(pose.elbow)
    along = _unit(elbow - wrist)
    reach = float(np.linalg.norm(elbow - wrist))
    flesh.append(
        Capsule(_point(wrist + 0.01 * fingers), _point(elbow), _ARM_RADIUS_M - 0.002, 0.04)
    )
    cuff = wrist + min(_SLEEVE_FROM_M, 0.5 * reach) * along
    shoulder = np.array([0.19 if pose.left else -0.19, 0.29, 0.12])
    cloth: Shape = Blend(
        (
            Capsule(_point(cuff), _point(elbow), _ARM_RADIUS_M + 0.011, 0.05),
            Capsule(_point(elbow), _point(shoulder), 0.05, 0.058),
        ),
        0.03,
    )
    return [
        Thing(Blend(tuple(flesh), 0.009), skin),
        Thing(Blend(tuple(nails), 0.001), _nail(skin)),
        Thing(cloth, sleeve),
    ]


def hand_skin(skin_bgr: Array) -> Paint:
    """The face's colour, redder at the joints and in the folds, with its own shade from below."""

    def paint(points: Array, normals: Array) -> Array:
        facing = np.clip(0.76 - 0.26 * normals[:, 2] - 0.16 * normals[:, 1], 0.42, 1.05)
        mottled = (
            np.sin(points[:, 0] * 210 + 1.3)
            * np.sin(points[:, 1] * 190)
            * np.sin(points[:, 2] * 230 + 0.4)
        )
        warm = vector(0.93, 0.96, 1.0) + 0.03 * mottled[:, None] * vector(-1.0, -0.6, 0.4)
        return np.asarray(np.clip(skin_bgr * warm * facing[:, None], 0, 255), np.float32)

    return paint


def sleeve_of(bgr: tuple[float, float, float]) -> Paint:
    def paint(points: Array, normals: Array) -> Array:
        facing = np.clip(0.72 - 0.3 * normals[:, 2] - 0.2 * normals[:, 1], 0.25, 1.1)
        folds = 1 + 0.07 * np.sin(points[:, 1] * 130 + 3 * np.sin(points[:, 0] * 40))
        return np.asarray(np.clip(vector(*bgr) * (facing * folds)[:, None], 0, 255), np.float32)

    return paint


def _nail(skin: Paint) -> Paint:
    def paint(points: Array, normals: Array) -> Array:
        return np.asarray(np.minimum(skin(points, normals) * 1.08 + 8, 255), np.float32)

    return paint


def _frame(pose: HandPose) -> tuple[Vector, Vector, Vector]:
    """Unit vectors along the fingers, out of the palm, and towards the thumb."""
    fingers = _unit(np.array(pose.fingers))
    palm = np.array(pose.palm)
    palm = _unit(palm - (palm @ fingers) * fingers)
    side = np.cross(fingers, palm)
    return fingers, palm, -side if pose.left else side


def _unit(way: Vector) -> Vector:
    unit: Vector = way / np.linalg.norm(way)
    return unit


def _point(place: Vector) -> Point:
    x, y, z = place.tolist()
    return x, y, z
