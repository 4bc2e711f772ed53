"""A hand before the face: yawning politely, rubbing an eye, leaning on a cheek, holding the wheel.

Limbs are drawn rounded, in the luma of the face's skin, with nails, sleeves and the shadow they throw on the face.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import (
    Box,
    Canvas,
    Luma,
    fixed_point,
    lines,
    moved,
    softened,
)
from model_compression.augmentation.chance import either
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.hand_pose import PALM, Limbs, Pose, limbs_of, pose_at, upwards
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]

_ROUNDING = ((1.0, 125), (0.84, 168), (0.62, 196), (0.36, 210))  # share of the width, light
_FULL_LIGHT = 205.0


def draw_hand(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, place: str) -> None:
    """place: one of `hand_pose.PLACES`."""
    if place == "wheel":
        _draw_wheel(canvas, frame, rng)
        return
    draw_posed(canvas, pose_at(frame, rng, place), rng, skin_luma(canvas, frame, rng))


def skin_luma(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> float:
    """Of a hand: like the cheeks, darker or lighter by what light and sun do."""
    luma = canvas.luma_at(frame.cheek_points()) * float(rng.uniform(0.72, 1.18))
    return max(12.0, min(240.0, luma))


def draw_posed(canvas: Canvas, pose: Pose, rng: np.random.Generator, luma: float) -> None:
    limbs = limbs_of(pose, rng)
    palm_px = pose.palm_px
    box = canvas.box(np.concatenate(limbs.paths), 0.4 * palm_px)
    if box is None:
        return
    shape, light = rounded(box, limbs.paths, limbs.widths)
    right, down = (round(float(shift)) for shift in rng.uniform(-0.1, 0.1, 2) * palm_px)
    shadow = softened(moved(shape, right, down), 0.09 * palm_px)
    canvas.darken(box, shadow, float(rng.uniform(0.1, 0.45)))
    value = light * _relief(box, pose, rng)
    if rng.random() < 0.5:  # the back of the hand
        _draw_nails(value, box, limbs, float(rng.uniform(1.05, 1.3)))
    value *= np.float32(luma)
    canvas.paint(box, shape, np.maximum(value, np.float32(2)))
    if rng.random() < 0.4:
        _draw_sleeve(canvas, limbs, palm_px, rng)


def rounded(box: Box, paths: Sequence[Floats], widths: Sequence[float]) -> tuple[Luma, Floats]:
    """Coverage (h, w) 0..255, and light (h, w): about 0.6 at the edge of a limb, 1 along its middle."""
    shape = np.zeros((box.height, box.width), dtype=np.uint8)
    light = np.full((box.height, box.width), 130, dtype=np.uint8)
    for path, width in zip(paths, widths, strict=True):
        fixed, bits = [fixed_point(path, box)], 4
        for share, level in _ROUNDING:
            thickness = max(1, round(width * share))
            cv2.polylines(light, fixed, False, level, thickness, cv2.LINE_8, bits)
        cv2.polylines(shape, fixed, False, 255, max(1, round(width)), cv2.LINE_8, bits)
    soft = softened(light, max(0.5, 0.05 * max(widths)))
    return softened(shape, 0.6), soft * np.float32(1 / _FULL_LIGHT)


def _relief(box: Box, pose: Pose, rng: np.random.Generator) -> Floats:
    """(h, w) about 1: pores, folds, and light from one side."""
    unit = pose.palm_px
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.16) / unit
    across, along = np.float32(slope * np.cos(angle)), np.float32(slope * np.sin(angle))
    x = np.arange(box.width, dtype=np.float32) + np.float32(box.left - pose.at[0])
    y = np.arange(box.height, dtype=np.float32) + np.float32(box.top - pose.at[1])
    relief: Floats = (1 + across * x)[None] + (along * y)[:, None]
    relief += texture(rng, box.height, box.width, 0.35 * unit) * np.float32(0.05)
    relief += texture(rng, box.height, box.width, 1.0) * np.float32(rng.uniform(0.005, 0.03))
    return relief


def _draw_nails(value: Floats, box: Box, limbs: Limbs, shine: float) -> None:
    tips = [finger[2] + (finger[3] - finger[2]) * _NAIL for finger in limbs.fingers]
    nails = lines(box, tips, 0.55 * limbs.widths[3], blur_px=0.5)
    value *= 1 + nails * np.float32((shine - 1) / 255)


_NAIL = np.array([[0.72], [1.05]], dtype=np.float32)  # along the last joint


def _draw_sleeve(canvas: Canvas, limbs: Limbs, palm_px: float, rng: np.random.Generator) -> None:
    elbow, wrist = limbs.forearm
    cuff = wrist + (elbow - wrist) * float(rng.uniform(0.08, 0.4))
    path = np.stack([elbow, cuff])
    width = float(rng.uniform(0.8, 1.15)) * palm_px
    box = canvas.box(path, width)
    if box is None:
        return
    shape, light = rounded(box, [path], [width])
    folds = texture(rng, box.height, box.width, 0.2 * palm_px) * np.float32(0.12)
    luma = either(rng, (10, 80), (80, 230))
    canvas.paint(box, shape, np.maximum(luma * light * (1 + folds), 0).astype(np.float32))


def _draw_wheel(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """The rim of a steering wheel before the lower face, with a fist or two on it."""
    top = frame.at([(0.0, float(rng.uniform(0.95, 2.1)))])[0]
    radius = float(rng.uniform(2.2, 4.0)) * frame.unit_px
    angle = np.linspace(-2.4, -0.74, 24)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rim = (top + frame.down * radius + radius * circle).astype(np.float32)
    width = float(rng.uniform(0.28, 0.48)) * frame.unit_px
    box = canvas.box(rim, width)
    if box is not None:
        shape, light = rounded(box, [rim], [width])
        canvas.paint(box, shape, light * np.float32(rng.uniform(15, 90)))
    for _ in range(int(rng.integers(1, 3))):
        fist = Pose(
            at=rim[int(rng.integers(5, 19))],
            anchor=(0.0, 0.9),
            pointing_rad=upwards(frame) + float(rng.uniform(-0.6, 0.6)),
            palm_px=PALM * float(rng.uniform(0.95, 1.3)) * frame.unit_px,
            mirrored=bool(rng.random() < 0.5),
            curl=float(rng.uniform(0.8, 1.0)),
            spread=0.3,
        )
        draw_posed(canvas, fist, rng, skin_luma(canvas, frame, rng))
