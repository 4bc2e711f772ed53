"""Hands of the test, as one rounded solid under a lamp: bare or gloved, flat, as a fist, or around a cup or a phone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.occluders.cloth import cloth
from model_compression.evaluation.occluders.face_plane import Field, Pixels, Surface, lit
from model_compression.evaluation.occluders.gradient_noise import GradientNoise

Bone = tuple[float, float, float, float, float]  # from x, y to x, y, radius

# Fingers up, the middle of the hand at the origin, in eye distances.
_FLAT: list[Bone] = [
    (-0.38, -0.35, -0.52, -1.0, 0.13),
    (-0.14, -0.45, -0.17, -1.25, 0.145),
    (0.12, -0.45, 0.14, -1.3, 0.145),
    (0.38, -0.38, 0.46, -1.15, 0.14),
    (0.45, 0.45, 0.95, -0.15, 0.17),
    (-0.2, 0.1, -0.2, 0.4, 0.45),
    (0.2, 0.1, 0.2, 0.4, 0.45),
    (0.0, 0.6, 0.1, 2.8, 0.38),
]
_FIST: list[Bone] = [
    (-0.45, -0.3, -0.45, 0.05, 0.19),
    (-0.15, -0.38, -0.15, 0.05, 0.2),
    (0.16, -0.38, 0.16, 0.05, 0.2),
    (0.46, -0.3, 0.46, 0.05, 0.19),
    (-0.45, 0.3, 0.35, 0.12, 0.17),
    (-0.2, 0.2, 0.2, 0.2, 0.5),
    (0.0, 0.6, 0.1, 2.8, 0.38),
]
# Fingers side by side, as over both eyes.
_BLADE: list[Bone] = [
    (-0.4, -0.1, -0.36, -1.0, 0.17),
    (-0.14, -0.1, -0.13, -1.15, 0.17),
    (0.14, -0.1, 0.12, -1.15, 0.17),
    (0.4, -0.1, 0.35, -0.95, 0.17),
    (0.5, 0.75, 0.62, 0.05, 0.18),
    (-0.2, 0.2, -0.15, 0.75, 0.42),
    (0.2, 0.2, 0.15, 0.75, 0.42),
    (0.0, 1.0, 0.1, 3.2, 0.38),
]
_AROUND: list[Bone] = [
    (-1.0, -0.42, 0.0, -0.5, 0.14),
    (-1.05, -0.14, 0.1, -0.18, 0.145),
    (-1.05, 0.14, 0.1, 0.14, 0.145),
    (-1.0, 0.42, 0.0, 0.44, 0.13),
    (-1.2, 0.3, -1.7, 2.6, 0.4),
    (-1.15, -0.2, -1.15, 0.4, 0.32),
]
HOLDS = ("flat", "fist", "cup", "phone")  # besides "blade"
COVERS = ("skin", "leather", "wool")
_BLEND = 3  # 1 piles limbs up, many leaves a crease where they meet


@dataclass(frozen=True, slots=True)
class Held:
    """center: (x, y) on the plane; turn_rad: clockwise; size: 1 as an average hand."""

    center: tuple[float, float]
    turn_rad: float
    size: float
    hold: str
    cover: str
    mirrored: bool


def hand(rng: np.random.Generator, held: Held, skin_luma: float) -> Surface:
    noise = GradientNoise(rng)
    bones = {"flat": _FLAT, "fist": _FIST, "blade": _BLADE}.get(held.hold, _AROUND)
    bones = [
        (x0 + a, y0 + b, x1 + a + c, y1 + b, radius * d)
        for (x0, y0, x1, y1, radius), (a, b, c), d in zip(
            bones,
            rng.normal(0, 0.025, (len(bones), 3)),
            rng.uniform(0.92, 1.1, len(bones)),
            strict=True,
        )
    ]
    luma = float(np.clip(skin_luma * rng.uniform(0.7, 1.2), 20, 225))

    def surface(pixels: Pixels) -> tuple[Field, Field]:
        x, y = _own(pixels, held)
        thing, thing_luma = _thing(x, y, held, noise, rng)
        height, shape = _solid(x, y, bones)
        local = Pixels(x, y, pixels.to_px)
        creases = 0.012 * np.abs(noise.clouds(x * 5, y * 5, 3))
        light = lit((height - creases) * held.size, pixels.px_per_unit, rng)
        level = _skin(local, noise, rng, held.cover, luma) * light
        opacity = np.maximum(shape, thing)
        return (
            np.where(shape > 0, level, thing_luma).astype(np.float32),
            opacity.astype(np.float32),
        )

    return surface


def _own(pixels: Pixels, held: Held) -> tuple[Field, Field]:
    """Coordinates of the hand at every pixel."""
    right, down = pixels.x - held.center[0], pixels.y - held.center[1]
    cos, sin = np.cos(held.turn_rad), np.sin(held.turn_rad)
    x = (cos * right + sin * down) / held.size * (-1 if held.mirrored else 1)
    y = (-sin * right + cos * down) / held.size
    return x.astype(np.float32), y.astype(np.float32)


def _solid(x: Field, y: Field, bones: list[Bone]) -> tuple[Field, Field]:
    """Height over the plane and shape (0 or 1) of limbs that melt into one another."""
    height = np.zeros_like(x)
    for x0, y0, x1, y1, radius in bones:
        along_x, along_y = x1 - x0, y1 - y0
        share = ((x - x0) * along_x + (y - y0) * along_y) / (along_x**2 + along_y**2 + 1e-6)
        share = np.clip(share, 0, 1)
        away = np.hypot(x - x0 - share * along_x, y - y0 - share * along_y)
        limb = np.sqrt(np.clip(radius**2 - away**2, 0, None))
        height += limb**_BLEND
    height **= 1 / _BLEND
    return height, (height > 0).astype(np.float32)


def _skin(
    pixels: Pixels, noise: GradientNoise, rng: np.random.Generator, cover: str, luma: float
) -> Field:
    if cover == "wool":
        return cloth(pixels, noise, rng, "knitted")
    grain = noise.clouds(pixels.x * 9, pixels.y * 9, 3)
    if cover == "leather":
        return np.asarray(rng.uniform(18, 90) * (1.1 + 0.35 * np.abs(grain)), dtype=np.float32)
    veins = np.exp(-((noise.at(pixels.x * 2.2, pixels.y * 1.1) / 0.06) ** 2))
    return np.asarray(luma * (1.2 + 0.08 * grain - 0.06 * veins), dtype=np.float32)


def _thing(
    x: Field, y: Field, held: Held, noise: GradientNoise, rng: np.random.Generator
) -> tuple[Field, Field]:
    """What the hand holds: opacity and grey levels."""
    if held.hold == "cup":
        half = 0.75 - 0.1 * y
        inside = (np.abs(x) < half) & (np.abs(y) < 0.95)
        round_off = np.sqrt(np.clip(1 - (x / half) ** 2, 0.05, 1))
        band = np.where(np.abs(y) < float(rng.uniform(0.2, 0.5)), float(rng.uniform(40, 220)), 0)
        base = np.where(band > 0, band, float(rng.uniform(60, 240)))
        level = base * (0.45 + 0.6 * round_off) + 10 * noise.at(x * 4, y * 4)
    elif held.hold == "phone":
        inside = (np.abs(x) < 0.6) & (np.abs(y) < 1.15)
        camera = np.hypot(np.abs(x + 0.35) - 0.1, np.abs(y + 0.85) - 0.12) < 0.07
        level = float(rng.uniform(15, 200)) + 15 * (x + y) + 6 * noise.at(x * 20, y * 20)
        level = np.where(camera, 12, level)
    else:
        return np.zeros_like(x), np.zeros_like(x)
    return inside.astype(np.float32), np.asarray(level, dtype=np.float32)


def bent_over(points: NDArray[np.float64]) -> tuple[float, float]:
    """(x, y) of the middle of a part's points."""
    x, y = points.mean(axis=0)
    return float(x), float(y)
