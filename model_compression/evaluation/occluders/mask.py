"""Masks of the test: bandanas, cones with a valve, snoods and balaclavas in patterned cloth under a lamp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.occluders.cloth import KINDS, cloth
from model_compression.evaluation.occluders.face_plane import Field, Pixels, Surface, lit, spline
from model_compression.evaluation.occluders.gradient_noise import GradientNoise

DESIGNS = ("bandana", "cone", "snood", "balaclava")


def mask(
    rng: np.random.Generator, size: float, skin_luma: float, chin: tuple[float, float], turn: float
) -> Surface:
    """chin: its place on the plane; turn: how far the middle of the face lies to the right, eye distances."""
    design = str(rng.choice(DESIGNS))
    noise = GradientNoise(rng)
    light = float(np.clip(skin_luma / 130, 0.35, 1.6))
    kind = str(rng.choice(KINDS))
    top = float(rng.uniform(0.28, 0.5)) / size
    outline = _outline(design, top, size, chin, turn)
    valve = (turn + 0.3 * float(rng.choice([-1, 1])), 1.0) if design == "cone" else None

    def surface(pixels: Pixels) -> tuple[Field, Field]:
        inside = pixels.inside(outline) > 0
        hole = None
        if design == "balaclava":
            hole = np.array([(-1.0, -0.45), (1.0, -0.45), (1.05, 0.2), (0, top), (-1.05, 0.2)])
            inside &= pixels.inside(spline([(float(x), float(y)) for x, y in hole])) == 0
        relief = _relief(pixels, noise, rng, design, turn)
        luma = cloth(pixels, noise, rng, kind) * lit(relief, pixels.px_per_unit, rng) * light
        if valve is not None:
            away = np.hypot(pixels.x - valve[0], pixels.y - valve[1])
            luma = np.where(away < 0.2, 150 * light * (0.8 + 0.2 * np.sin(60 * pixels.y)), luma)
            luma = np.where(np.abs(away - 0.2) < 0.02, 60 * light, luma)
        return luma.astype(np.float32), inside.astype(np.float32)

    return surface


def _outline(
    design: str, top: float, size: float, chin: tuple[float, float], turn: float
) -> NDArray[np.float64]:
    wide = 1.12 * size
    low = chin[1] + 0.12 * size
    if design == "bandana":
        return np.array(
            [(-1.3 * size, top + 0.1), (turn, top - 0.1), (1.3 * size, top + 0.1),
             (0.95 * size, low), (chin[0], low + 0.9), (-0.95 * size, low)]
        )  # fmt: skip
    if design == "cone":
        return spline(
            [(-wide, top + 0.35), (-0.5, top + 0.1), (turn, top - 0.08), (0.5, top + 0.1), (wide, top + 0.35),
             (0.85 * size, low - 0.25), (chin[0], low), (-0.85 * size, low - 0.25)]
        )  # fmt: skip
    if design == "snood":
        return spline(
            [(-1.25 * size, top + 0.15), (turn, top), (1.25 * size, top + 0.15), (1.3 * size, low), (1.5, low + 1.4),
             (0, low + 1.6), (-1.5, low + 1.4), (-1.3 * size, low)]
        )  # fmt: skip
    return spline(
        [(-1.25 * size, 0), (-0.9, -1.4), (0, -1.9), (0.9, -1.4), (1.25 * size, 0), (1.2 * size, low),
         (1.4, low + 1.2), (-1.4, low + 1.2), (-1.2 * size, low)]
    )  # fmt: skip


def _relief(
    pixels: Pixels, noise: GradientNoise, rng: np.random.Generator, design: str, turn: float
) -> Field:
    """Height of the cloth over the face's plane, in eye distances."""
    x = pixels.x - turn
    dome = 0.55 * np.sqrt(np.clip(1 - (x / 1.35) ** 2, 0.02, 1))
    folds = 0.05 * np.abs(noise.clouds(pixels.x * 1.5 + 9, pixels.y * 2.5, 3))
    height = dome + folds
    if design == "cone":
        height = 0.5 - 0.5 * np.abs(x) - 0.15 * (pixels.y - 0.9) ** 2 + 0.3 * folds
    elif design == "snood":
        height = dome + 0.05 * np.sin(float(rng.uniform(7, 12)) * (pixels.y + 0.3 * x**2))
    return np.asarray(height, dtype=np.float32)
