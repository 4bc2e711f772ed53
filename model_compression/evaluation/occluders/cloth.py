"""Cloth of the test's masks and gloves: woven, knitted, tartan, camouflage, printed."""

from __future__ import annotations

import numpy as np

from model_compression.evaluation.occluders.face_plane import Field, Pixels
from model_compression.evaluation.occluders.gradient_noise import GradientNoise

KINDS = ("woven", "knitted", "tartan", "camouflage", "printed", "felt")


def cloth(pixels: Pixels, noise: GradientNoise, rng: np.random.Generator, kind: str) -> Field:
    """(h, w) grey levels before any light falls on it."""
    x, y = _turned(pixels, rng)
    base = float(rng.uniform(25, 215))
    if kind == "woven":
        pitch = float(rng.uniform(9, 16))
        over = (np.floor(x * pitch) + np.floor(y * pitch)) % 2 == 0
        thread = np.where(over, np.sin(np.pi * (x * pitch % 1)), np.sin(np.pi * (y * pitch % 1)))
        level = base * (0.72 + 0.28 * thread)
    elif kind == "knitted":
        pitch = float(rng.uniform(6, 11))
        stitch = np.abs((x * pitch) % 1 - 0.5)
        level = base * (0.8 + 0.2 * np.sin(2 * np.pi * (y * pitch + 1.2 * stitch)))
    elif kind == "tartan":
        level = base + _bands(x, rng) + _bands(y, rng)
    elif kind == "camouflage":
        patches = noise.clouds(x * 2.2, y * 2.2, 3)
        shades = rng.uniform(20, 220, 4).astype(np.float32)
        level = shades[np.digitize(patches, [-0.25, 0.0, 0.25])]
    elif kind == "printed":
        warped = x * 4 + 1.5 * noise.clouds(x * 2, y * 2)
        rings = np.sin(9 * np.hypot(warped % 2 - 1, (y * 4) % 2 - 1))
        level = base + float(rng.uniform(-70, 70)) * (rings > 0.2)
    else:
        level = base * (1 + 0.25 * noise.clouds(x * 14, y * 14, 2))
    return np.asarray(np.clip(level, 4, 245), dtype=np.float32)


def _turned(pixels: Pixels, rng: np.random.Generator) -> tuple[Field, Field]:
    angle = float(rng.normal(0, 0.3))
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cos * pixels.x - sin * pixels.y, sin * pixels.x + cos * pixels.y


def _bands(along: Field, rng: np.random.Generator) -> Field:
    """Stripes of several widths that repeat."""
    edges = np.sort(rng.uniform(0, 1, 5))
    shades = rng.uniform(-45, 45, 6).astype(np.float32)
    repeat = (along * float(rng.uniform(1.5, 4))) % 1
    return np.asarray(shades[np.searchsorted(edges, repeat)], dtype=np.float32)
