"""Sunglasses of the test: lenses along splines that mirror a street, rims of tortoiseshell, metal, wood and plastic."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.occluders.face_plane import Field, Pixels, Surface, spline
from model_compression.evaluation.occluders.gradient_noise import GradientNoise

# The driver's left lens (positive x); the right one is its mirror image. One-piece shields cross the middle.
_LENSES: dict[str, list[tuple[float, float]]] = {
    "browline": [
        (0.16, -0.2),
        (0.5, -0.25),
        (0.88, -0.2),
        (0.86, 0.12),
        (0.66, 0.38),
        (0.36, 0.38),
        (0.18, 0.14),
    ],
    "butterfly": [
        (0.16, -0.1),
        (0.45, -0.24),
        (0.98, -0.34),
        (0.94, 0.1),
        (0.7, 0.42),
        (0.34, 0.36),
    ],
    "hexagon": [(0.15, 0.06), (0.31, -0.26), (0.7, -0.26), (0.87, 0.06), (0.7, 0.38), (0.31, 0.38)],
    "drop": [(0.15, -0.12), (0.5, -0.28), (0.9, -0.18), (0.88, 0.22), (0.6, 0.55), (0.26, 0.3)],
}
_SHIELDS: dict[str, list[tuple[float, float]]] = {
    "visor": [
        (-0.98, -0.26),
        (0.0, -0.3),
        (0.98, -0.26),
        (1.02, 0.12),
        (0.6, 0.36),
        (0.14, 0.16),
        (0.0, 0.05),
        (-0.14, 0.16),
        (-0.6, 0.36),
        (-1.02, 0.12),
    ],
    "goggles": [
        (-1.06, -0.42),
        (0.0, -0.5),
        (1.06, -0.42),
        (1.1, 0.2),
        (0.7, 0.52),
        (0.22, 0.4),
        (0.0, 0.24),
        (-0.22, 0.4),
        (-0.7, 0.52),
        (-1.1, 0.2),
    ],
}
DESIGNS = (*_LENSES, *_SHIELDS)
_POLYGONS = ("hexagon",)


def sunglasses(rng: np.random.Generator, size: float, skin_luma: float) -> Surface:
    """size: 1 as drawn, more where the eyes would still be seen."""
    design = str(rng.choice(DESIGNS))
    outlines = _outlines(design, size)
    noise = GradientNoise(rng)
    rim = float(rng.uniform(0.03, 0.12))
    light = float(np.clip(skin_luma / 130, 0.4, 1.5))
    through = float(rng.uniform(0, 0.04))

    def surface(pixels: Pixels) -> tuple[Field, Field]:
        lenses = np.zeros(pixels.x.shape, dtype=np.uint8)
        for outline in outlines:
            lenses |= pixels.inside(outline)
        away_px = cv2.distanceTransform(255 - lenses, cv2.DIST_L2, 3)
        outside = np.asarray(away_px, dtype=np.float32) / np.float32(pixels.px_per_unit)
        frame = (outside > 0) & (outside < rim)
        frame |= _bridge_and_arms(pixels, design, size, rim)
        frame &= lenses == 0
        luma = np.where(
            lenses > 0,
            _lens(pixels, noise, rng) * light,
            _rim(pixels, noise, rng, outside / rim) * light,
        )
        opacity = np.where(lenses > 0, 1 - through, frame.astype(np.float32))
        return luma.astype(np.float32), opacity.astype(np.float32)

    return surface


def _outlines(design: str, size: float) -> list[NDArray[np.float64]]:
    knots = _LENSES.get(design) or _SHIELDS[design]
    left = np.array(knots) if design in _POLYGONS else spline(knots)
    center = left.mean(axis=0)
    if design in _SHIELDS:
        return [left * size]
    left = center + (left - center) * size
    left[:, 0] = np.maximum(left[:, 0], 0.03)
    return [left, left * [-1, 1]]


def _bridge_and_arms(pixels: Pixels, design: str, size: float, rim: float) -> NDArray[np.bool_]:
    half, top = max(rim * 0.6, 0.03), -0.14 * size
    bridge = np.array(
        [(-0.2, top - half), (0.2, top - half), (0.2, top + half), (-0.2, top + half)]
    )
    parts = pixels.inside(bridge) > 0
    for side in (-1, 1):
        arm = np.array([(0.86, -0.2), (1.32, -0.16), (1.32, -0.05), (0.86, -0.02)]) * [side, size]
        parts |= pixels.inside(arm) > 0
    if design == "browline":
        for side in (-1, 1):
            brow = np.array([(0.1, -0.34), (0.94, -0.36), (0.95, -0.16), (0.1, -0.13)]) * [
                side,
                size,
            ]
            parts |= pixels.inside(brow) > 0
    return parts


def _lens(pixels: Pixels, noise: GradientNoise, rng: np.random.Generator) -> Field:
    """What a curved dark glass mirrors: clouds, a row of houses, a road with its line, a lamp."""
    # Each lens bulges, so that the street bends in it.
    across = np.abs(pixels.x) - 0.5
    bent_x = (pixels.x + 0.5 * across * np.abs(across)) * 3
    bent_y = (pixels.y - 0.03) * 3 + 0.6 * across**2
    clouds = 150 + 70 * noise.clouds(bent_x, 2 * bent_y)
    corners = np.sort(rng.uniform(-4, 4, 12))
    roofs = rng.uniform(-0.7, 0.2, 13).astype(np.float32)[np.searchsorted(corners, bent_x)]
    walls = rng.uniform(15, 90, 13).astype(np.float32)[np.searchsorted(corners, bent_x)]
    windows = (np.sin(bent_x * 25) > 0.3) & (np.sin(bent_y * 22) > 0.2)
    walls = walls + 25 * windows
    road = 45 + 20 * noise.at(bent_x * 6, bent_y * 6)
    street = np.where(bent_y < roofs, clouds, np.where(bent_y < 0.35, walls, road))
    base = rng.uniform(4, 40)
    mirror = rng.uniform(0.0, 0.25) if rng.random() < 0.6 else rng.uniform(0.4, 0.9)
    spot = np.exp(
        -(((across - rng.uniform(-0.2, 0.2)) / 0.05) ** 2 + ((pixels.y + 0.1) / 0.09) ** 2)
    )
    lamp = rng.uniform(0, 180) * spot
    return np.asarray(base * (1 - mirror) + mirror * street + lamp, dtype=np.float32)


def _rim(pixels: Pixels, noise: GradientNoise, rng: np.random.Generator, way_out: Field) -> Field:
    """way_out: 0 at the lens, 1 at the rim's outer edge."""
    kind = str(rng.choice(["tortoise", "metal", "wood", "plastic"]))
    if kind == "tortoise":
        spots = noise.clouds(pixels.x * 5, pixels.y * 5, 2)
        return np.asarray(55 + 55 * np.tanh(6 * spots), dtype=np.float32)
    if kind == "metal":
        profile = np.exp(-(((way_out - 0.4) / 0.25) ** 2))
        return np.asarray(rng.uniform(50, 120) + 110 * profile, dtype=np.float32)
    if kind == "wood":
        rings = np.sin(40 * pixels.y + 6 * noise.clouds(pixels.x * 3, pixels.y * 3))
        return np.asarray(rng.uniform(60, 130) + 22 * rings, dtype=np.float32)
    round_off = 1 - 0.4 * (np.clip(way_out, 0, 1) - 0.4) ** 2
    return np.asarray(rng.uniform(8, 235) * round_off, dtype=np.float32)
