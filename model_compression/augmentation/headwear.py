"""Hair and caps: strands and fringes over brows and eyes, a visor and its shadow, beards."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import (
    Box,
    Canvas,
    Luma,
    fixed_point,
    lines,
    polygons,
    softened,
)
from model_compression.augmentation.chance import either
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]

_ABOVE_FOREHEAD = (34, 35, 0, 1, 2)  # rows of the oval
_STEPS = np.linspace(0, 1, 9)


def draw_hair(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """A fringe down to the brows or over the eyes, or strands across the face, or both."""
    luma = _hair_luma(canvas, frame, rng)
    kind = rng.random()
    if kind < 0.6:
        _draw_fringe(canvas, frame, rng, luma)
    if kind > 0.4:
        _draw_strands(canvas, frame, rng, luma)


def _hair_luma(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> float:
    """Of the person's own hair above the forehead where the picture shows it, or any other."""
    if rng.random() < 0.5:
        return float(rng.uniform(8, 120))
    above = frame.part("oval")[list(_ABOVE_FOREHEAD)] - 0.35 * frame.unit_px * frame.down
    return max(8.0, min(200.0, canvas.luma_at(above)))


def _draw_fringe(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, luma: float) -> None:
    """Pointed locks side by side, longer or shorter, combed to one side."""
    unit = frame.unit_px
    low, slant = float(rng.uniform(-0.6, 0.2)), float(rng.normal(0, 0.3))
    comb = float(rng.normal(0, 0.25))
    count = int(rng.integers(12, 26))
    x = np.linspace(-1.2, 1.2, count)
    ends = low + slant * x - 0.3 * x * x + rng.normal(0, 0.1, count)
    tips = np.stack([x + comb * 0.4 + rng.normal(0, 0.03, count), ends], axis=1)
    gap = np.abs(rng.normal(0.12, 0.08, count))
    notches = np.stack([x + 1.2 / count + comb * 0.3, ends - 0.05 - gap], axis=1)
    edge = np.stack([tips, notches], axis=1).reshape(-1, 2)
    outline = frame.at(np.concatenate([edge, [(1.3, -2.4), (-1.3, -2.4)]]).astype(np.float32))
    box = canvas.box(outline, 0.2 * unit)
    if box is None:
        return
    mass = polygons(box, [outline], blur_px=0.02 * unit)
    alpha = (mass * np.float32(rng.uniform(0.88, 1.0))).astype(np.uint8)
    canvas.darken(box, softened(alpha, 0.12 * unit), float(rng.uniform(0.15, 0.4)))
    # Hair runs down: noise of narrow, long grains, bent by the comb.
    coarse = texture(rng, max(box.height // 12, 2), box.width, max(1.0, 0.06 * unit))
    fine = texture(rng, max(box.height // 20, 2), box.width, 1.0)
    grain = np.float32(0.2) * _stretched(coarse, box) + np.float32(0.1) * _stretched(fine, box)
    shine = float(rng.uniform(0, 0.5)) * np.exp(
        -(((np.arange(box.height, dtype=np.float32) / box.height) - rng.uniform(0.2, 0.8)) ** 2)
        / 0.03
    )
    value = luma * (1 + grain) * (1 + shine[:, None]) + 4
    canvas.paint(box, alpha, np.clip(value, 2, 250).astype(np.float32))


def _stretched(grain: Floats, box: Box) -> Floats:
    return cv2.resize(grain, (box.width, box.height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _draw_strands(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, luma: float) -> None:
    """A few tapering strands that fall from the forehead across brow, eye or cheek."""
    count = int(rng.integers(2, 12))
    start = np.array([rng.uniform(-0.9, 0.9), -1.5])
    end = np.array([start[0] + rng.normal(0, 0.7), rng.uniform(-0.1, 1.3)])
    first = start + rng.normal(0, 0.12, (count, 1, 2))
    last = end + rng.normal(0, 0.2, (count, 1, 2))
    paths = first + _STEPS[:, None] * (last - first)
    bow = rng.normal(0, 0.35) + rng.normal(0, 0.08, (count, 1))
    paths[:, :, 0] += bow * (4 * _STEPS * (1 - _STEPS))
    placed = frame.at(paths.reshape(-1, 2).astype(np.float32)).reshape(count, -1, 2)
    box = canvas.box(placed.reshape(-1, 2), 3)
    if box is None:
        return
    alpha = np.zeros((box.height, box.width), dtype=np.uint8)
    width = float(rng.uniform(0.015, 0.045)) * frame.unit_px
    for stop, share in ((9, 0.45), (7, 0.75), (4, 1.0)):
        thick = max(width * share, 0.45)
        np.maximum(alpha, lines(box, list(placed[:, :stop]), thick), out=alpha)
    canvas.paint(box, alpha, min(250.0, luma * float(rng.uniform(0.8, 1.4))))


def draw_cap(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """Crown and visor down to the brows, with the shadow that the visor casts on the eyes."""
    unit = frame.unit_px
    low = float(rng.uniform(-0.75, -0.22))
    drop = float(rng.uniform(0.05, 0.3))
    x = np.linspace(-1.2, 1.2, 13)
    front = np.stack([x + 0.35 * frame.turn, low - drop * x**2 + 0.02], axis=1)
    back = np.stack([0.95 * x[::-1], low - 0.45 - 0.15 * x[::-1] ** 2], axis=1)
    visor = frame.at(np.concatenate([front, back]).astype(np.float32))
    half = [(1.15, low - 0.4), (1.1, low - 1.2), (0.6, low - 1.75)]
    crown = frame.at([*half, *((-across, down) for across, down in reversed(half))])
    if rng.random() < 0.8:
        reach = float(rng.uniform(0.2, 1.1))
        band = np.concatenate([front, np.add(front, [0.0, reach])[::-1]]).astype(np.float32)
        box = canvas.box(frame.at(band), 0.2 * unit)
        if box is not None:
            shadow = polygons(box, [frame.at(band)], blur_px=0.1 * unit)
            canvas.darken(box, shadow, float(rng.uniform(0.15, 0.7)))
    luma = either(rng, (10, 70), (70, 220))
    for outline, level in ((crown, luma), (visor, luma * float(rng.uniform(0.6, 1.0)))):
        box = canvas.box(outline, 2)
        if box is None:
            continue
        relief = texture(rng, box.height, box.width, 0.4 * unit) * np.float32(0.1)
        relief += texture(rng, box.height, box.width, 1.0) * np.float32(0.03)
        relief += 1
        value = np.clip(relief * np.float32(level), 2, 250)
        canvas.paint(box, polygons(box, [outline], blur_px=0.01 * unit), value)


def draw_beard(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """Stubble, moustache or full beard: hair that grows on the face hides no mouth."""
    unit = frame.unit_px
    oval, lips = frame.part("oval"), frame.part("lips_outer")
    box = canvas.box(np.concatenate([oval[10:27], lips]), 0.3 * unit)
    if box is None:
        return
    mask: Luma = np.zeros((box.height, box.width), dtype=np.uint8)
    kind = rng.random()
    if kind < 0.75:
        mouth, rim = lips.mean(axis=0), oval[11:26]
        reach = np.full((15, 1), float(rng.uniform(0.35, 0.75)), dtype=np.float32)
        reach[4:11] = float(rng.uniform(0.25, 0.5))
        inner = mouth + (rim - mouth) * reach
        area = np.concatenate([rim + 0.05 * unit * frame.down, inner[::-1]])
        mask = polygons(box, [area], blur_px=0.08 * unit)
    if kind > 0.35:
        upper = np.roll(lips, -10, axis=0)[:11][
            ::-1
        ]  # from the right corner over the top to the left
        base = frame.part("nose")[7]
        moustache = np.concatenate([upper, (upper * 0.4 + base * 0.6)[::-1]])
        np.maximum(mask, polygons(box, [moustache], blur_px=0.04 * unit), out=mask)
    cv2.fillPoly(mask, [fixed_point(lips, box)], 0, cv2.LINE_8, 4)
    hair = texture(rng, box.height, box.width, max(1.0, 0.04 * unit))
    density = float(rng.uniform(0.15, 0.75))
    growth = np.clip(density + np.float32(0.15) * hair, 0, 0.9)
    canvas.shade(box, (1 - mask * np.float32(1 / 255) * growth).astype(np.float32))
