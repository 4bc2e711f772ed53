"""What lenses add of their own: mirrored skies, windows, lamps, streaks, and the step of refraction at their edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Box, Canvas, polygons
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.lens_shapes import Fit
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]

_TURN = np.linspace(0, 2 * np.pi, 14, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
_CORNERS = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])


def depth_in_lenses(box: Box, fit: Fit, frame: FaceFrame) -> Floats:
    """(h, w): -1 at the upper edge of the lenses, 1 at the lower."""
    scale = 1 / (fit.half_sizes[0][1] * frame.unit_px)
    center = (fit.centers[0] + fit.centers[1]) / 2 - box.origin
    x = (np.arange(box.width, dtype=np.float32) - center[0]) * np.float32(frame.down[0] * scale)
    y = (np.arange(box.height, dtype=np.float32) - center[1]) * np.float32(frame.down[1] * scale)
    depth: Floats = x[None] + y[:, None]
    return depth


def lens_face(_: Box, depth: Floats, unit_px: float, rng: np.random.Generator) -> Floats:
    """(h, w) grey levels of a dark lens that lets nothing through."""
    level: Floats = np.float32(rng.uniform(5, 45)) + np.float32(rng.uniform(-8, 14)) * depth
    return np.maximum(level, np.float32(0), out=level)


def mirrored_scene(box: Box, depth: Floats, unit_px: float, rng: np.random.Generator) -> Floats:
    """(h, w) grey levels: sky above, road or dashboard below, trees or buildings between."""
    horizon = float(rng.uniform(-0.4, 0.5))
    sky, ground = float(rng.uniform(110, 235)), float(rng.uniform(15, 90))
    skyline = texture(rng, box.height, box.width, 0.25 * unit_px)
    under = (depth - np.float32(horizon) + np.float32(0.25) * skyline) * np.float32(4)
    scene = np.float32((sky + ground) / 2) - np.float32((sky - ground) / 2) * np.tanh(under)
    clutter = texture(rng, box.height, box.width, 0.12 * unit_px)
    scene += clutter * np.float32(rng.uniform(3, 14))
    return np.asarray(np.clip(scene, 0, 255), dtype=np.float32)


def refract(canvas: Canvas, fit: Fit, power: float) -> None:
    """What lies behind a lens is drawn smaller (power < 1) or larger, with a step at the lens's edge."""
    for outline, center in zip(fit.lenses, fit.centers, strict=True):
        box = canvas.box(outline, 2)
        if box is None:
            continue
        region = canvas.region(box)
        x, y = (1 - power) * (center - box.origin)
        matrix = np.array([[power, 0, x], [0, power, y]], dtype=np.float32)
        scaled = cv2.warpAffine(
            region, matrix, (box.width, box.height), borderMode=cv2.BORDER_REPLICATE
        )
        np.copyto(region, scaled, where=polygons(box, [outline]) > 127)


def draw_glare(
    canvas: Canvas, fit: Fit, frame: FaceFrame, rng: np.random.Generator, *, strength: float
) -> None:
    """A light source mirrored in one lens or both. strength: 1 hides what is below."""
    where = rng.uniform(-0.7, 0.7, 2)
    kind = rng.random()
    for outline, center, half_size in zip(fit.lenses, fit.centers, fit.half_sizes, strict=True):
        box = canvas.box(outline, 2)
        if box is None or rng.random() < 0.25:
            continue
        if kind < 0.45:
            source = _window(rng)
        elif kind < 0.75:
            source = _streak(rng)
        else:
            source = float(rng.uniform(0.08, 0.5)) * _CIRCLE
        axes = frame.unit_px * np.stack([half_size[0] * frame.right, half_size[1] * frame.down])
        outline_of_light = ((source + where) @ axes + center).astype(np.float32)
        blur_px = float(rng.uniform(0.01, 0.09)) * frame.unit_px
        light = polygons(box, [outline_of_light], blur_px=blur_px)
        alpha = cv2.multiply(light, polygons(box, [outline]), scale=strength / 255)
        canvas.paint(box, alpha.astype(np.uint8, copy=False), float(rng.uniform(185, 255)))


def _window(rng: np.random.Generator) -> NDArray[np.float64]:
    """(4, 2) in halves of the lens: a quadrilateral in perspective."""
    size = rng.uniform(0.2, 0.9) * rng.uniform(0.7, 1.2, 2)
    corners = _CORNERS * size + rng.normal(0, 0.1 * size.mean(), (4, 2))
    corners[:, 0] += corners[:, 1] * rng.uniform(-0.4, 0.4)
    return corners


def _streak(rng: np.random.Generator) -> NDArray[np.float64]:
    """(4, 2) in halves of the lens: a band right across it."""
    angle = rng.uniform(0.4, 2.7)
    along = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-along[1], along[0]])
    band: NDArray[np.float64] = _CORNERS @ np.stack([3 * along, rng.uniform(0.1, 0.5) * aside])
    return band
