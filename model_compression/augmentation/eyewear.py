"""Glasses and sunglasses on a photographed face: rims, tints, gradients, mirrors, glare, edges of refraction.

In: luma picture and the face's points. Out: the picture with eyewear, and whether each eye can still be judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Box, Canvas, Luma, lines, polygons
from model_compression.augmentation.face_frame import FaceFrame, face_frame
from model_compression.augmentation.lens_shapes import SHAPES, Fit, fitted, varied
from model_compression.augmentation.noise import texture
from model_compression.augmentation.visibility import visible_parts

Floats = NDArray[np.float32]

TRANSMITTANCES = (0.02, 0.7)  # of sunglasses, drawn log-uniformly with weight on the dark ones
_CLEAR_FRAMES = ("round", "panto", "square", "narrow", "wayfarer", "aviator", "cat", "large")
_SUN_FRAMES = ("wayfarer", "aviator", "large", "sport", "round", "square", "cat")


@dataclass(frozen=True, slots=True)
class Worn:
    """`glasses`: anything before the eyes, sunglasses included; `sunglasses`: its lenses are tinted."""

    picture: Luma
    glasses: bool
    sunglasses: bool
    eye_left_visible: bool
    eye_right_visible: bool


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
    shape = varied(SHAPES[str(rng.choice(_CLEAR_FRAMES))], rng)
    fit = fitted(frame, shape, float(rng.normal(0, 0.02)))
    box = _around(canvas, fit, frame)
    if box is None:
        return
    if rng.random() < 0.4:
        _refract(canvas, fit, frame, 1 + float(rng.uniform(-0.05, 0.03)))
    transmission = float(rng.uniform(0.86, 0.99))
    lens = polygons(box, fit.lenses).astype(np.float32) * np.float32(1 / 255)
    veil = lens * np.float32(rng.uniform(0, 12))
    canvas.filter(box, 1 - lens * np.float32(1 - transmission), veil)
    if glare:
        _glare(canvas, fit, frame, rng, strength=float(rng.uniform(0.4, 1.0)))
    elif rng.random() < 0.4:
        _glare(canvas, fit, frame, rng, strength=float(rng.uniform(0.05, 0.3)))
    kind = rng.random()
    if kind < 0.12:  # rimless
        _rims(canvas, box, fit, frame, rng, width=0.016, luma=float(rng.uniform(60, 190)), soft=0.5)
    elif kind < 0.5:  # wire
        _rims(canvas, box, fit, frame, rng, float(rng.uniform(0.02, 0.04)), _rim_luma(rng))
    else:
        _rims(canvas, box, fit, frame, rng, float(rng.uniform(0.045, 0.095)), _rim_luma(rng))


def draw_sunglasses(
    canvas: Canvas,
    frame: FaceFrame,
    rng: np.random.Generator,
    *,
    transmittance: float | None = None,
) -> None:
    """transmittance: of light through both directions of the lens, 0..1; None draws one of `TRANSMITTANCES`."""
    shape = varied(SHAPES[str(rng.choice(_SUN_FRAMES))], rng)
    fit = fitted(frame, shape, float(rng.normal(0, 0.02)))
    box = _around(canvas, fit, frame)
    if box is None:
        return
    if transmittance is None:
        low, high = np.log(TRANSMITTANCES)
        transmittance = float(np.exp(low + (high - low) * rng.random() ** 1.3))
    lens = polygons(box, fit.lenses).astype(np.float32) * np.float32(1 / 255)
    through = np.full(lens.shape, transmittance, dtype=np.float32)
    if rng.random() < 0.35:  # gradient tint: dark above, clearer below
        depth = _depth(box, fit, frame)
        clear = min(1.0, transmittance * float(rng.uniform(1.5, 3.0)) + 0.05)
        through += (clear - transmittance) * np.clip((depth + 0.2) / 1.2, 0, 1) ** 2
    veil = _lens_veil(canvas, box, fit, frame, rng, mirrored=bool(rng.random() < 0.25))
    canvas.filter(box, 1 - lens * (1 - through), lens * veil * (1 - through))
    if rng.random() < 0.5:
        _glare(canvas, fit, frame, rng, strength=float(rng.uniform(0.1, 0.7)))
    thick = rng.random() < 0.65
    width = float(rng.uniform(0.05, 0.13) if thick else rng.uniform(0.015, 0.04))
    _rims(canvas, box, fit, frame, rng, width, _rim_luma(rng))


def _rim_luma(rng: np.random.Generator) -> float:
    """Mostly black or dark plastic, some metal, some pale."""
    return float(
        rng.choice(
            [rng.uniform(5, 45), rng.uniform(45, 120), rng.uniform(120, 215)], p=[0.65, 0.2, 0.15]
        )
    )


def _around(canvas: Canvas, fit: Fit, frame: FaceFrame) -> Box | None:
    everything = np.concatenate([*fit.lenses, fit.bridge, *fit.temples])
    return canvas.box(everything, 0.1 * frame.unit_px + 2)


def _depth(box: Box, fit: Fit, frame: FaceFrame) -> Floats:
    """(h, w): -1 at the upper edge of the lenses, 1 at the lower."""
    x = np.arange(box.width, dtype=np.float32) + (box.left - fit.centers[0][0])
    y = np.arange(box.height, dtype=np.float32) + (box.top - fit.centers[0][1])
    scale = 1 / (fit.half_sizes[0][1] * frame.unit_px)
    depth: Floats = (x * frame.down[0] * scale)[None] + (y * frame.down[1] * scale)[:, None]
    return depth


def _lens_veil(
    canvas: Canvas,
    box: Box,
    fit: Fit,
    frame: FaceFrame,
    rng: np.random.Generator,
    *,
    mirrored: bool,
) -> Floats:
    """(h, w) grey levels that an opaque lens would show: its own darkness and what it mirrors."""
    depth = _depth(box, fit, frame)
    if not mirrored:
        base = float(rng.uniform(5, 45))
        slope = float(rng.uniform(-8, 14))
        return np.clip(base + slope * depth, 0, 255)
    # Sky above, road or dashboard below, with trees or buildings between.
    horizon = float(rng.uniform(-0.4, 0.5))
    sky, ground = float(rng.uniform(110, 235)), float(rng.uniform(15, 90))
    skyline = texture(rng, box.height, box.width, 0.25 * frame.unit_px)
    edge = 1 / (1 + np.exp(np.clip((depth - horizon + 0.25 * skyline) * 8, -30, 30)))
    clutter = texture(rng, box.height, box.width, 0.12 * frame.unit_px) * float(rng.uniform(3, 14))
    return np.clip(ground + (sky - ground) * edge + clutter, 0, 255).astype(np.float32)


def _refract(canvas: Canvas, fit: Fit, frame: FaceFrame, power: float) -> None:
    """What lies behind a lens is drawn a little smaller or larger, with a step at the lens's edge."""
    for outline, center in zip(fit.lenses, fit.centers, strict=True):
        box = canvas.box(outline, 2)
        if box is None:
            continue
        region = canvas.region(box)
        at = center - box.origin
        matrix = np.array(
            [[power, 0, (1 - power) * at[0]], [0, power, (1 - power) * at[1]]], dtype=np.float32
        )
        scaled = cv2.warpAffine(
            region, matrix, (box.width, box.height), borderMode=cv2.BORDER_REPLICATE
        )
        lens = polygons(box, [outline])
        np.copyto(region, scaled, where=lens > 127)


def _glare(
    canvas: Canvas, fit: Fit, frame: FaceFrame, rng: np.random.Generator, *, strength: float
) -> None:
    """Light sources mirrored in the lenses: windows, lamps, bands; often the same one in both."""
    where = rng.uniform(-0.7, 0.7, 2)
    kind = rng.random()
    for index in range(2):
        if rng.random() < 0.25:
            continue
        outline, center = fit.lenses[index], fit.centers[index]
        box = canvas.box(outline, 2)
        if box is None:
            continue
        half_width, half_height = fit.half_sizes[index]
        size = np.array([half_width, half_height]) * frame.unit_px
        at = center + where[0] * size[0] * frame.right + where[1] * size[1] * frame.down
        if kind < 0.45:
            blob = _quad(at, size, frame, rng, float(rng.uniform(0.2, 0.9)))
        elif kind < 0.75:
            blob = _band(at, size, frame, rng)
        else:
            angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
            radius = float(rng.uniform(0.08, 0.5)) * size[1]
            blob = (at + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(
                np.float32
            )
        light = polygons(box, [blob], blur_px=float(rng.uniform(0.01, 0.09)) * frame.unit_px)
        lens = polygons(box, [outline])
        alpha = cv2.multiply(light, lens, scale=strength / 255)
        canvas.paint(box, alpha, float(rng.uniform(185, 255)))  # type: ignore[arg-type]


def _quad(
    at: Floats, size: Floats, frame: FaceFrame, rng: np.random.Generator, scale: float
) -> Floats:
    """A window: a quadrilateral in perspective."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float32)
    corners = corners * rng.uniform(0.7, 1.2, 2) * scale + rng.normal(0, 0.1 * scale, (4, 2))
    corners[:, 0] += corners[:, 1] * rng.uniform(-0.4, 0.4)
    moved = (
        at + corners[:, :1] * size[0] * 0.7 * frame.right + corners[:, 1:] * size[1] * frame.down
    )
    return moved.astype(np.float32)


def _band(at: Floats, size: Floats, frame: FaceFrame, rng: np.random.Generator) -> Floats:
    """A streak across the lens."""
    angle = float(rng.uniform(0.4, 2.7))
    along = np.cos(angle) * frame.right + np.sin(angle) * frame.down
    aside = -np.sin(angle) * frame.right + np.cos(angle) * frame.down
    width = float(rng.uniform(0.1, 0.5)) * size[1]
    length = 3 * float(size.max())
    ends = [
        at - length * along - width * aside,
        at + length * along - width * aside,
        at + length * along + width * aside,
        at - length * along + width * aside,
    ]
    return np.stack(ends).astype(np.float32)


def _rims(
    canvas: Canvas,
    box: Box,
    fit: Fit,
    frame: FaceFrame,
    rng: np.random.Generator,
    width: float,
    luma: float,
    soft: float = 1.0,
) -> None:
    """width: eye distances. soft < 1 lets the edge of a rimless lens shine through."""
    unit = frame.unit_px
    bridge_width = max(width, 0.03) * unit
    if rng.random() < 0.7:  # the frame's shadow on brow and cheek
        shadow = lines(box, fit.lenses, 1.4 * width * unit, closed=True, blur_px=0.05 * unit)
        down = np.float32(
            [[1, 0, 0.05 * unit * frame.down[0]], [0, 1, 0.05 * unit * frame.down[1]]]
        )
        shadow = cv2.warpAffine(shadow, down, (box.width, box.height))  # type: ignore[assignment]
        canvas.shade(box, 1 - shadow * np.float32(rng.uniform(0.1, 0.4) / 255))
    alpha = lines(box, fit.lenses, width * unit, closed=True)
    if rng.random() < 0.2:  # half-rim: only the upper half is framed
        depth = _depth(box, fit, frame)
        alpha = (alpha * np.clip(0.5 - 6 * depth, 0.15, 1)).astype(np.uint8)
    if soft < 1:
        alpha = (alpha * np.float32(soft)).astype(np.uint8)
    np.maximum(alpha, lines(box, [fit.bridge], bridge_width), out=alpha)
    if fit.temples:
        temples = lines(box, fit.temples, max(1.1 * width, 0.05) * unit)
        np.maximum(alpha, temples, out=alpha)
    gloss = texture(rng, box.height, box.width, 0.3 * unit) * np.float32(rng.uniform(2, 16))
    canvas.paint(box, alpha, np.clip(luma + gloss, 0, 255))
