"""A hand before the face: yawning politely, rubbing an eye, leaning on a cheek, holding the wheel.

A skeleton of palm and fingers posed in the picture's plane, drawn as rounded limbs in the luma of the face's skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Box, Canvas, Luma
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]

PLACES = ("mouth", "eye", "eyes", "cheek", "wheel", "nose", "forehead")
_SIZE = 1.28  # width of the palm in eye distances
_BITS = 4
# From the middle of the wrist; x towards the thumb, y along the fingers, in widths of the palm.
_KNUCKLES = np.array([(0.36, 1.02), (0.12, 1.1), (-0.13, 1.06), (-0.36, 0.95)])
_LENGTHS = (0.82, 0.92, 0.86, 0.66)
_WIDTHS = (0.235, 0.245, 0.235, 0.205)
_FAN = (0.1, 0.02, -0.06, -0.15)  # how fingers point apart, radians
_THUMB = np.array([(0.3, 0.15), (0.6, 0.5), (0.72, 0.85), (0.74, 1.12)])
_PALM_CENTER = (0.0, 0.62)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a hand lies and how it is held. Angles in the picture, clockwise from the picture's right."""

    at: Floats  # (2,) px: where `anchor` of the hand comes to lie
    anchor: tuple[float, float]  # in the hand's own coordinates
    pointing_rad: float  # direction of the fingers
    palm_px: float
    mirrored: bool
    curl: float  # 0 stretched .. 1 fist
    spread: float  # factor on the fan of the fingers


def draw_hand(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, place: str) -> None:
    """place: one of `PLACES`."""
    if place == "wheel":
        _draw_wheel(canvas, frame, rng)
        return
    pose = _pose(frame, rng, place)
    draw_posed(canvas, pose, rng, skin_luma(canvas, frame, rng))


def skin_luma(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> float:
    """Of a hand: like the cheeks, darker or lighter by what light and sun do."""
    return float(np.clip(canvas.luma_at(frame.cheek_points()) * rng.uniform(0.72, 1.18), 12, 240))


def draw_posed(canvas: Canvas, pose: Pose, rng: np.random.Generator, luma: float) -> None:
    limbs = _limbs(pose, rng)
    outline = np.concatenate([path for path, _ in limbs])
    reach = 0.5 * pose.palm_px
    box = canvas.box(outline, reach)
    if box is None:
        return
    shape, light = _rounded(box, limbs)
    unit = pose.palm_px
    _cast_shadow(canvas, box, shape, unit, rng)
    grain = texture(rng, box.height, box.width, 0.06 * unit) * np.float32(0.02)
    folds = texture(rng, box.height, box.width, 0.35 * unit) * np.float32(0.05)
    angle = rng.uniform(0, 2 * np.pi)
    x = (np.arange(box.width, dtype=np.float32) + (box.left - pose.at[0])) / unit
    y = (np.arange(box.height, dtype=np.float32) + (box.top - pose.at[1])) / unit
    slope = float(rng.uniform(0, 0.16))
    ramp = (x * np.float32(slope * np.cos(angle)))[None]
    ramp = ramp + (y * np.float32(slope * np.sin(angle)))[:, None]
    value = luma * (light * (1 + grain + folds) + np.clip(ramp, -0.4, 0.4))
    canvas.paint(box, shape, np.clip(value, 2, 252))


def _pose(frame: FaceFrame, rng: np.random.Generator, place: str) -> Pose:
    sign = float(rng.choice([-1.0, 1.0]))  # side of the picture that the arm comes from
    size = _SIZE * float(rng.uniform(0.88, 1.15)) * frame.unit_px
    tips = (0.05, 1.75)
    curl, spread = float(rng.uniform(0, 0.25)), float(rng.uniform(0.2, 1.4))
    mouth = frame.part("lips_outer").mean(axis=0)
    if place == "mouth":
        curl = float(rng.choice([rng.uniform(0, 0.3), rng.uniform(0.7, 1.0)], p=[0.65, 0.35]))
        center = (0.0, 0.95) if curl < 0.5 else (0.0, 0.85)
        at, anchor = mouth + _around(frame, rng, 0.15), center
        pointing = _up(frame) + sign * float(rng.uniform(-1.3, 0.2))
    elif place in ("eye", "eyes"):
        side = str(rng.choice(["left", "right"]))
        eye = frame.part(f"eyelid_{side}").mean(axis=0)
        sign = 1.0 if side == "left" else -1.0
        if place == "eyes":
            at, anchor = frame.origin + _around(frame, rng, 0.12), (0.0, 1.2)
            pointing = _up(frame) + sign * float(rng.uniform(-1.5, -0.3))
            curl *= 0.3
            spread *= 0.4
        else:
            curl = float(rng.choice([rng.uniform(0, 0.4), rng.uniform(0.75, 1.0)]))
            anchor = (0.05, 1.35) if curl < 0.5 else (0.05, 0.9)
            at = eye + _around(frame, rng, 0.1)
            pointing = _up(frame) + sign * float(rng.uniform(-0.9, 0.3))
    elif place == "cheek":
        oval = frame.part("oval")
        jaw = oval[12] if sign > 0 else oval[24]
        at, anchor = jaw + _around(frame, rng, 0.1), _PALM_CENTER
        pointing = _up(frame) + sign * float(rng.uniform(-0.35, 0.5))
        curl = float(rng.choice([rng.uniform(0, 0.3), rng.uniform(0.6, 1.0)]))
    elif place == "nose":
        at, anchor = frame.part("nose")[6] + _around(frame, rng, 0.1), tips
        pointing = _up(frame) + sign * float(rng.uniform(-0.9, 0.2))
        curl = float(rng.uniform(0.1, 0.6))
    else:  # forehead
        at, anchor = frame.at([(0.2 * sign, -0.75)])[0] + _around(frame, rng, 0.15), (0.0, 1.2)
        pointing = _up(frame) + sign * float(rng.uniform(-1.7, -0.6))
    mirrored = bool(rng.random() < 0.5)
    return Pose(np.asarray(at, np.float32), anchor, pointing, size, mirrored, curl, spread)


def _up(frame: FaceFrame) -> float:
    return float(np.arctan2(-frame.down[1], -frame.down[0]))


def _around(frame: FaceFrame, rng: np.random.Generator, distance: float) -> Floats:
    return (rng.normal(0, distance, 2) * frame.unit_px).astype(np.float32)


def _limbs(pose: Pose, rng: np.random.Generator) -> list[tuple[Floats, float]]:
    """Paths px and widths px, from the back to the front."""
    fingers: list[tuple[NDArray[np.float64], float]] = []
    stretch = 1 - 0.62 * pose.curl
    for knuckle, length, width, fan in zip(_KNUCKLES, _LENGTHS, _WIDTHS, _FAN, strict=True):
        angle = fan * pose.spread + float(rng.normal(0, 0.04))
        bend = float(rng.normal(0, 0.1))
        steps = length * stretch * np.array([0.0, 0.45, 0.75, 1.0])
        angles = angle + bend * np.array([0.0, 0.0, 0.5, 1.0])
        path = knuckle + np.stack([np.sin(angles) * steps, np.cos(angles) * steps], axis=1)
        fingers.append((path, width))
    thumb_in = float(rng.uniform(0, 1)) if pose.curl < 0.5 else 1.0
    thumb = _THUMB.copy()
    thumb[:, 0] -= thumb_in * np.array([0.0, 0.12, 0.24, 0.35])
    palm = np.array(
        [(0.0, 0.3), (0.16, 0.55), (0.14, 0.85), (-0.14, 0.82), (-0.16, 0.55), (0.0, 0.3)]
    )
    forearm = np.array([(float(rng.normal(0, 0.4)), -3.2), (0.0, 0.1)])
    own = [(forearm, 0.62), (palm, 0.62), *fingers, (thumb, 0.27)]
    flip = -1.0 if pose.mirrored else 1.0
    cos, sin = np.cos(pose.pointing_rad), np.sin(pose.pointing_rad)
    limbs = []
    for path, width in own:
        x = flip * (path[:, 0] - pose.anchor[0])
        y = path[:, 1] - pose.anchor[1]
        # y runs along `pointing`, x across it.
        moved = np.stack([y * cos - x * sin, y * sin + x * cos], axis=1) * pose.palm_px + pose.at
        limbs.append((moved.astype(np.float32), width * pose.palm_px))
    return limbs


def _rounded(box: Box, limbs: list[tuple[Floats, float]]) -> tuple[Luma, Floats]:
    """Coverage (h, w) and light (h, w) about 0.6 at the edge of a limb, 1 on its middle."""
    shape = np.zeros((box.height, box.width), dtype=np.uint8)
    light = np.full((box.height, box.width), 130, dtype=np.uint8)
    for path, width in limbs:
        fixed = [np.rint(np.clip(path - box.origin, -8000, 8000) * 16).astype(np.int32)]
        for share, level in ((1.0, 125), (0.86, 165), (0.66, 195), (0.4, 212)):
            thickness = max(1, round(width * share))
            cv2.polylines(light, fixed, False, level, thickness, cv2.LINE_AA, _BITS)
        cv2.polylines(shape, fixed, False, 255, max(1, round(width)), cv2.LINE_AA, _BITS)
    blur = max(0.4, 0.035 * limbs[1][1])
    smooth = cv2.GaussianBlur(light, (0, 0), blur)
    return shape, smooth.astype(np.float32) * np.float32(1 / 205)


def _cast_shadow(
    canvas: Canvas, box: Box, shape: Luma, palm_px: float, rng: np.random.Generator
) -> None:
    shift = rng.uniform(-0.1, 0.1, 2) * palm_px
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], dtype=np.float32)
    moved = cv2.warpAffine(shape, matrix, (box.width, box.height))
    soft = cv2.blur(moved, (max(3, int(0.18 * palm_px) | 1),) * 2)
    canvas.shade(box, 1 - soft * np.float32(rng.uniform(0.1, 0.45) / 255))


def _draw_wheel(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """The rim of a steering wheel before the lower face, with a fist on it."""
    top = frame.at([(0.0, float(rng.uniform(0.95, 2.1)))])[0]
    radius = float(rng.uniform(2.2, 4.0)) * frame.unit_px
    angle = np.linspace(-2.4, -0.74, 24)
    center = top + frame.down * radius
    rim = center + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    rim = rim.astype(np.float32)
    width = float(rng.uniform(0.28, 0.48)) * frame.unit_px
    box = canvas.box(rim, width)
    if box is not None:
        shape, light = _rounded(box, [(rim, width), (rim, width)])
        luma = float(rng.uniform(15, 90))
        canvas.paint(box, shape, luma * light)
    for _ in range(int(rng.integers(1, 3))):
        at = rim[int(rng.integers(5, 19))]
        pose = Pose(
            at,
            (0.0, 0.9),
            _up(frame) + float(rng.uniform(-0.6, 0.6)),
            _SIZE * float(rng.uniform(0.95, 1.3)) * frame.unit_px,
            bool(rng.random() < 0.5),
            float(rng.uniform(0.8, 1.0)),
            0.3,
        )
        draw_posed(canvas, pose, rng, skin_luma(canvas, frame, rng))
