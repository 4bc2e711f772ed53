"""Hair and caps: strands and fringes over brows and eyes, a visor and its shadow, beards."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Canvas, Luma, lines, polygons
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]


def hair_luma(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> float:
    """Of the person's own hair above the forehead when the picture shows it, or any other."""
    if rng.random() < 0.5:
        return float(rng.uniform(8, 120))
    above = frame.part("oval")[[34, 35, 0, 1, 2]] - 0.35 * frame.unit_px * frame.down
    return float(np.clip(canvas.luma_at(above), 8, 200))


def draw_hair(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """A fringe down to the brows or over the eyes, or a few strands across the face."""
    luma = hair_luma(canvas, frame, rng)
    if rng.random() < 0.5:
        _draw_fringe(canvas, frame, rng, luma)
    if rng.random() < 0.7:
        _draw_strands(canvas, frame, rng, luma)


def _draw_fringe(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, luma: float) -> None:
    low = float(rng.uniform(-0.65, 0.25))
    slant = float(rng.normal(0, 0.25))
    count = int(rng.integers(14, 30))
    x = np.linspace(-1.25, 1.25, count)
    ends = low + slant * x - 0.25 * x * x + rng.normal(0, 0.12, count)
    tips = np.stack([x + rng.normal(0, 0.05, count), ends], axis=1)
    outline = frame.at(np.concatenate([tips, [(1.4, -2.4), (-1.4, -2.4)]]).astype(np.float32))
    roots = np.stack([0.75 * x + rng.normal(0, 0.06, count), np.full(count, -2.2)], axis=1)
    middle = (tips + roots) / 2 + rng.normal(0, 0.08, (count, 2))
    paths = [
        frame.at(np.stack([root, between, tip]).astype(np.float32))
        for root, between, tip in zip(roots, middle, tips, strict=True)
    ]
    _draw_locks(canvas, frame, rng, luma, outline, paths)


def _draw_locks(
    canvas: Canvas,
    frame: FaceFrame,
    rng: np.random.Generator,
    luma: float,
    outline: Floats,
    paths: list[Floats],
) -> None:
    """A closed mass of hair with locks of other brightness on it."""
    unit = frame.unit_px
    box = canvas.box(np.concatenate([outline, *paths]), 0.1 * unit)
    if box is None:
        return
    alpha = polygons(box, [outline], blur_px=0.015 * unit)
    np.maximum(alpha, lines(box, paths, 0.07 * unit), out=alpha)
    alpha = (alpha * np.float32(rng.uniform(0.85, 1.0))).astype(np.uint8)
    shadow = cv2.blur(alpha, (max(3, int(0.2 * unit) | 1),) * 2)
    canvas.shade(box, 1 - shadow * np.float32(0.3 / 255))
    value = np.full(alpha.shape, luma, dtype=np.float32)
    for chosen in range(3):
        level = luma * float(rng.uniform(0.5, 1.7)) + float(rng.uniform(0, 12))
        locks = lines(box, paths[chosen::3], 0.05 * unit, blur_px=0.015 * unit)
        value += (level - value) * (locks * np.float32(0.8 / 255))
    value *= 1 + np.float32(0.06) * texture(rng, box.height, box.width, 1.5)
    canvas.paint(box, alpha, np.clip(value, 0, 250))


def _draw_strands(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, luma: float) -> None:
    start = np.array([float(rng.uniform(-0.9, 0.9)), -1.5])
    end = np.array([start[0] + float(rng.normal(0, 0.7)), float(rng.uniform(-0.1, 1.3))])
    paths = []
    bow = float(rng.normal(0, 0.35))
    along = np.linspace(0, 1, 8)[:, None]
    for _ in range(int(rng.integers(2, 12))):
        first = start + rng.normal(0, 0.12, 2)
        last = end + rng.normal(0, 0.2, 2)
        path = first + along * (last - first)
        path[:, 0] += (bow + float(rng.normal(0, 0.08))) * (4 * along * (1 - along))[:, 0]
        paths.append(frame.at(path.astype(np.float32)))
    box = canvas.box(np.concatenate(paths), 3)
    if box is None:
        return
    width = float(rng.uniform(0.015, 0.06)) * frame.unit_px
    alpha = lines(box, paths, max(width, 0.5))
    canvas.paint(box, alpha, np.clip(luma * rng.uniform(0.8, 1.4), 0, 250).astype(np.float32))


def draw_cap(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """Crown and visor down to the brows, with the shadow that the visor casts on the eyes."""
    unit = frame.unit_px
    low = float(rng.uniform(-0.75, -0.22))
    shift = 0.35 * frame.turn
    drop = float(rng.uniform(0.05, 0.3))
    x = np.linspace(-1.2, 1.2, 13)
    front = np.stack([x + shift, low - drop * x**2 + 0.02], axis=1)
    back = np.stack([0.95 * x[::-1], low - 0.45 - 0.15 * x[::-1] ** 2], axis=1)
    visor = frame.at(np.concatenate([front, back]).astype(np.float32))
    crown = frame.at(
        [
            (-1.15, low - 0.4),
            (1.15, low - 0.4),
            (1.1, low - 1.2),
            (0.6, low - 1.75),
            (-0.6, low - 1.75),
            (-1.1, low - 1.2),
        ]
    )
    luma = float(rng.choice([rng.uniform(10, 70), rng.uniform(70, 220)]))
    reach = float(rng.uniform(0.2, 1.1))
    shadow_path = np.concatenate([front, (front + [0.0, reach])[::-1]]).astype(np.float32)
    box = canvas.box(frame.at(shadow_path), 0.2 * unit)
    if box is not None and rng.random() < 0.8:
        shadow = polygons(box, [frame.at(shadow_path)], blur_px=0.1 * unit)
        dark = float(rng.uniform(0.15, 0.7))
        canvas.shade(box, 1 - shadow * np.float32(dark / 255))
    for outline, level in ((crown, luma), (visor, luma * float(rng.uniform(0.6, 1.0)))):
        box = canvas.box(outline, 2)
        if box is None:
            continue
        weave = texture(rng, box.height, box.width, 1.0) * np.float32(0.03)
        folds = texture(rng, box.height, box.width, 0.4 * unit) * np.float32(0.1)
        value = np.clip(level * (1 + weave + folds), 0, 250)
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
        mouth = lips.mean(axis=0)
        rim = oval[11:26]
        inner = mouth + (rim - mouth) * float(rng.uniform(0.35, 0.75)) * np.float32([1.0, 1.0])
        inner[4:11] = mouth + (rim[4:11] - mouth) * float(rng.uniform(0.25, 0.5))
        area = np.concatenate([rim + 0.05 * unit * frame.down, inner[::-1]])
        mask = polygons(box, [area], blur_px=0.08 * unit)
    if kind > 0.35:
        base, upper = frame.part("nose")[7], lips[[0, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10]]
        moustache = np.concatenate([upper, (upper * 0.4 + base * 0.6)[::-1]])
        np.maximum(mask, polygons(box, [moustache], blur_px=0.04 * unit), out=mask)
    mask = np.where(polygons(box, [lips]) > 127, 0, mask).astype(np.uint8)
    hair = texture(rng, box.height, box.width, max(1.0, 0.04 * unit))
    density = float(rng.uniform(0.15, 0.75))
    factor = 1 - mask * np.float32(1 / 255) * np.clip(density + 0.15 * hair, 0, 0.9)
    canvas.shade(box, factor.astype(np.float32))
