"""Glasses and sunglasses on a photographed face: rims, tints, gradients, mirrors, glare, edges of refraction.

In: luma picture and the face's points. Out: the picture with eyewear, and whether each eye can still be judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Box, Canvas, Luma, lines, polygons
from model_compression.augmentation.chance import any_of
from model_compression.augmentation.face_frame import FaceFrame, face_frame
from model_compression.augmentation.lens_shapes import SHAPES, Fit, fitted, varied
from model_compression.augmentation.noise import texture
from model_compression.augmentation.reflections import (
    depth_in_lenses,
    draw_glare,
    lens_face,
    mirrored_scene,
    refract,
)
from model_compression.augmentation.visibility import visible_parts

Floats = NDArray[np.float32]

TRANSMITTANCES = (
    0.02,
    0.7,
)  # of sunglasses; drawn log-uniformly, the dark ones a little more often
_CLEAR_FRAMES = ("round", "panto", "square", "narrow", "wayfarer", "aviator", "cat", "large")
_SUN_FRAMES = ("wayfarer", "aviator", "large", "sport", "round", "square", "cat")


@dataclass(frozen=True, slots=True)
class Worn:
    """`glasses`: anything before the eyes, sunglasses included; `sunglasses`: its lenses are tinted."""

    picture: Luma
    glasses: bool
    sunglasses: bool
    eye_left_visible: bool | None  # None: people would disagree
    eye_right_visible: bool | None


def with_glasses(
    picture: Luma, points: Floats, rng: np.random.Generator, *, glare: bool | None = None
) -> Worn:
    """Clear lenses. picture: (H, W); points: (146, 2) px. glare: None leaves it to chance (30 %)."""
    canvas, frame = Canvas(picture), face_frame(points)
    draw_glasses(canvas, frame, rng, glare=bool(rng.random() < 0.3) if glare is None else glare)
    return _worn(canvas, frame, tinted=False)


def with_sunglasses(
    picture: Luma, points: Floats, rng: np.random.Generator, *, transmittance: float | None = None
) -> Worn:
    """Tinted lenses. picture: (H, W); points: (146, 2) px."""
    canvas, frame = Canvas(picture), face_frame(points)
    draw_sunglasses(canvas, frame, rng, transmittance=transmittance)
    return _worn(canvas, frame, tinted=True)


def _worn(canvas: Canvas, frame: FaceFrame, *, tinted: bool) -> Worn:
    visible = visible_parts(canvas, frame)
    return Worn(canvas.picture, True, tinted, visible.eye_left, visible.eye_right)


def draw_glasses(
    canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, *, glare: bool
) -> None:
    """glare: a light source mirrored strongly, which may hide an eye; without it at most a faint one."""
    fit = fitted(frame, varied(SHAPES[any_of(rng, _CLEAR_FRAMES)], rng), rng.normal(0, 0.02))
    box = _around(canvas, fit, frame)
    if box is None:
        return
    if rng.random() < 0.4:
        refract(canvas, fit, 1 + float(rng.uniform(-0.05, 0.03)))
    lens = polygons(box, fit.lenses).astype(np.float32) * np.float32(1 / 255)
    tint, veil = np.float32(rng.uniform(0.01, 0.14)), np.float32(rng.uniform(0, 12))
    canvas.filter(box, 1 - tint * lens, veil * lens)
    if glare:
        draw_glare(canvas, fit, frame, rng, strength=float(rng.uniform(0.4, 1.0)))
    elif rng.random() < 0.4:
        draw_glare(canvas, fit, frame, rng, strength=float(rng.uniform(0.05, 0.3)))
    kind = rng.random()
    if kind < 0.12:  # rimless
        _draw_rims(canvas, box, fit, frame, rng, 0.016, float(rng.uniform(60, 190)), solid=0.5)
    elif kind < 0.5:  # wire
        _draw_rims(canvas, box, fit, frame, rng, float(rng.uniform(0.02, 0.04)), _rim_luma(rng))
    else:
        _draw_rims(canvas, box, fit, frame, rng, float(rng.uniform(0.045, 0.095)), _rim_luma(rng))


def draw_sunglasses(
    canvas: Canvas,
    frame: FaceFrame,
    rng: np.random.Generator,
    *,
    transmittance: float | None = None,
) -> None:
    """transmittance: share of the eye's light that comes back through, 0..1; None draws from `TRANSMITTANCES`."""
    fit = fitted(frame, varied(SHAPES[any_of(rng, _SUN_FRAMES)], rng), rng.normal(0, 0.02))
    box = _around(canvas, fit, frame)
    if box is None:
        return
    if transmittance is None:
        low, high = TRANSMITTANCES
        transmittance = low * math.exp(math.log(high / low) * rng.random() ** 1.3)
    lens = polygons(box, fit.lenses).astype(np.float32) * np.float32(1 / 255)
    depth = depth_in_lenses(box, fit, frame)
    blocked = np.full(lens.shape, 1 - transmittance, dtype=np.float32)
    if rng.random() < 0.35:  # gradient tint: dark above, clearer below
        clear = min(1.0, transmittance * float(rng.uniform(1.5, 3.0)) + 0.05)
        share = np.clip((depth + np.float32(0.2)) * np.float32(1 / 1.2), 0, 1)
        blocked -= np.float32(clear - transmittance) * share * share
    surface = mirrored_scene if rng.random() < 0.25 else lens_face
    blocked *= lens
    canvas.filter(box, 1 - blocked, blocked * surface(box, depth, frame.unit_px, rng))
    if rng.random() < 0.5:
        draw_glare(canvas, fit, frame, rng, strength=float(rng.uniform(0.1, 0.7)))
    width = float(rng.uniform(0.05, 0.13) if rng.random() < 0.65 else rng.uniform(0.015, 0.04))
    _draw_rims(canvas, box, fit, frame, rng, width, _rim_luma(rng))


def _around(canvas: Canvas, fit: Fit, frame: FaceFrame) -> Box | None:
    everything = np.concatenate([*fit.lenses, fit.bridge, *fit.temples])
    return canvas.box(everything, 0.1 * frame.unit_px + 2)


def _rim_luma(rng: np.random.Generator) -> float:
    """Mostly black or dark plastic, some metal, some pale."""
    kind = rng.random()
    low, high = (5, 45) if kind < 0.65 else (45, 120) if kind < 0.85 else (120, 215)
    return float(rng.uniform(low, high))


def _draw_rims(
    canvas: Canvas,
    box: Box,
    fit: Fit,
    frame: FaceFrame,
    rng: np.random.Generator,
    width: float,
    luma: float,
    *,
    solid: float = 1.0,
) -> None:
    """Rims, bridge and temples with their shadow. width: eye distances; solid < 1: the edge of a rimless lens."""
    unit = frame.unit_px
    if rng.random() < 0.7:
        below = 0.05 * unit * frame.down
        shadows = [lens + below for lens in fit.lenses]
        shadow = lines(box, shadows, 1.4 * width * unit, closed=True, blur_px=0.05 * unit)
        canvas.darken(box, shadow, float(rng.uniform(0.1, 0.4)))
    alpha = lines(box, fit.lenses, width * unit, closed=True)
    if rng.random() < 0.2:  # half-rim: only the upper half is framed
        upper = np.clip(0.5 - 6 * depth_in_lenses(box, fit, frame), 0.15, 1)
        alpha = (alpha * upper).astype(np.uint8)
    if solid < 1:
        alpha = (alpha * np.float32(solid)).astype(np.uint8)
    bridge = lines(box, [fit.bridge], max(width, 0.03) * unit)
    alpha = np.maximum(alpha, bridge)
    if fit.temples:
        alpha = np.maximum(alpha, lines(box, fit.temples, max(1.1 * width, 0.05) * unit))
    gloss = texture(rng, box.height, box.width, 0.3 * unit) * np.float32(rng.uniform(2, 16))
    canvas.paint(box, alpha, np.maximum(gloss + np.float32(luma), 0))
