"""Masks and scarves over mouth and nose: surgical, cloth, FFP; also worn under the nose or under the chin."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Box, Canvas, lines, polygons
from model_compression.augmentation.chance import one_of
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]

_TOP = {"nose": 0.34, "low": 0.62, "under nose": 0.83, "chin": 1.45}  # eye distances below the eyes
_WORN = {"nose": 0.6, "low": 0.18, "under nose": 0.14, "chin": 0.08}
_KINDS = {"surgical": 0.45, "cloth": 0.35, "ffp": 0.2}
_PATTERNS = {"plain": 0.6, "stripes": 0.15, "dots": 0.15, "checks": 0.1}


def draw_mask(
    canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, *, worn: str | None = None
) -> None:
    """worn: 'nose' as it should be, 'low', 'under nose' or 'chin'; None leaves it to chance."""
    if worn is None:
        worn = one_of(rng, _WORN)
    outline, upper = _outline(frame, rng, worn)
    box = canvas.box(outline, 0.1 * frame.unit_px)
    if box is None:
        return
    unit = frame.unit_px
    kind = one_of(rng, _KINDS)
    loops = _loops(frame, outline, rng)
    if loops:
        loop_box = canvas.box(np.concatenate(loops), 3)
        if loop_box is not None:
            alpha = lines(loop_box, loops, max(0.035 * unit, 0.6))
            canvas.paint(loop_box, alpha, float(rng.uniform(90, 235)))
    shape = polygons(box, [outline], blur_px=0.008 * unit)
    shadow = polygons(box, [outline + 0.03 * unit * frame.down], blur_px=0.06 * unit)
    canvas.darken(box, shadow, float(rng.uniform(0.1, 0.35)))
    canvas.paint(box, shape, _cloth(canvas, box, frame, rng, kind, upper))


def draw_scarf(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """From the neck up to the chin, the mouth or the nose."""
    top = float(rng.uniform(0.4, 1.7))
    edge = [(x, top + 0.12 * x * x + float(rng.normal(0, 0.03))) for x in np.linspace(-1.6, 1.6, 9)]
    outline = frame.at([*edge, (1.9, 4.0), (-1.9, 4.0)])
    box = canvas.box(outline, 2)
    if box is None:
        return
    x, y = _local_grid(box, frame)
    tilt, folds = float(rng.uniform(-0.5, 0.5)), float(rng.uniform(5, 11))
    bend = 0.5 * texture(rng, box.height, box.width, 0.6 * frame.unit_px)
    wave = np.sin(folds * (y + tilt * x + 0.2 * x * x) + bend)
    knit = texture(rng, box.height, box.width, max(1.0, 0.05 * frame.unit_px))
    luma = float(rng.uniform(20, 225))
    value = luma * (1 + 0.16 * wave + float(rng.uniform(0.02, 0.12)) * knit)
    canvas.paint(
        box, polygons(box, [outline], blur_px=0.02 * frame.unit_px), np.clip(value, 0, 250)
    )


def _outline(frame: FaceFrame, rng: np.random.Generator, worn: str) -> tuple[Floats, float]:
    """(N, 2) px of the mask's edge, and the height of its upper edge on the nose in eye distances."""
    oval, nose = frame.local(frame.part("oval")), frame.local(frame.part("nose"))
    lips = frame.local(frame.part("lips_outer"))
    scale = max(float(nose[7, 1]), 0.2) / 0.716  # nodding shortens the nose
    upper = (_TOP[worn] + float(rng.normal(0, 0.05))) * scale
    if worn == "nose":
        ridge = nose[3] * [1, 0] + [0, upper]
    elif worn == "chin":
        ridge = np.array([lips[5, 0], max(float(lips[5, 1]) + 0.08, upper)])
    else:
        ridge = np.array([nose[5, 0] if worn == "low" else lips[15, 0], upper])
        if worn == "under nose":
            ridge[1] = min(upper, float(lips[15, 1]) - 0.02)
    sag = float(rng.uniform(0.12, 0.3)) if worn != "chin" else 0.05
    left, right = oval[9:18], oval[19:28][::-1]
    out = float(rng.uniform(0.0, 0.07))
    corners = []
    for side, sign in ((right, -1.0), (left, 1.0)):
        corner = side[0] + [sign * out, 0]
        corner = np.array([corner[0], max(float(corner[1]) - 0.1, float(ridge[1]) + 0.5 * sag)])
        corners.append(corner)
    corner_right, corner_left = corners
    bend = 0.62
    over_right = (1 - bend) * corner_right + bend * ridge + [0, 0.2 * sag]
    over_left = (1 - bend) * corner_left + bend * ridge + [0, 0.2 * sag]
    below = float(rng.uniform(0.02, 0.16))
    chin = oval[18] + [0, below]
    jaw_left = left[left[:, 1] > corner_left[1]] + [out, 0.5 * below]
    jaw_right = right[right[:, 1] > corner_right[1]] + [-out, 0.5 * below]
    path = np.concatenate(
        [
            [corner_right, over_right],
            np.add(ridge, [[-0.1, 0.0], [0.1, 0.0]]),
            [over_left, corner_left],
            jaw_left,
            [chin],
            jaw_right[::-1],
        ]
    )
    return frame.at(path.astype(np.float32)), upper


def _loops(frame: FaceFrame, outline: Floats, rng: np.random.Generator) -> list[Floats]:
    """Strings from the mask's corners to the ears that the camera sees."""
    oval = frame.part("oval")
    loops = []
    for corner, ear, jaw, sign in ((0, oval[29], oval[25], -1.0), (5, oval[7], oval[11], 1.0)):
        start = outline[corner]
        ear = ear + 0.1 * sign * frame.right * frame.unit_px
        if sign * float((ear - start) @ frame.right) < -0.05 * frame.unit_px:
            continue
        loops.append(np.stack([start, ear]).astype(np.float32))
        if rng.random() < 0.7:
            loops.append(np.stack([jaw, ear + 0.2 * frame.down * frame.unit_px]).astype(np.float32))
    return loops


def _local_grid(box: Box, frame: FaceFrame) -> tuple[Floats, Floats]:
    """(h, w) each: coordinates of the face at every pixel of the box."""
    x = np.arange(box.width, dtype=np.float32) + np.float32(box.left - frame.origin[0])
    y = np.arange(box.height, dtype=np.float32) + np.float32(box.top - frame.origin[1])
    scale = np.float32(1 / frame.unit_px)
    (a, b), (c, d) = frame.right * scale, frame.down * scale
    return (a * x)[None] + (b * y)[:, None], (c * x)[None] + (d * y)[:, None]


def _cloth(
    canvas: Canvas, box: Box, frame: FaceFrame, rng: np.random.Generator, kind: str, upper: float
) -> Floats:
    """(h, w) grey levels of the mask's surface."""
    unit = frame.unit_px
    x, y = _local_grid(box, frame)
    face_luma = canvas.luma_at(frame.cheek_points())
    middle = 0.45 * frame.turn
    round_off = 1 - 0.22 * np.clip(np.abs(x - middle) / 1.1, 0, 1.3) ** 2
    side = 1 + float(rng.uniform(-0.2, 0.2)) * x
    creases = texture(rng, box.height, box.width, 0.3 * unit) * float(rng.uniform(0.01, 0.07))
    if kind == "surgical":
        base = min(245.0, max(face_luma * float(rng.uniform(0.9, 1.4)), 40.0))
        pleats = float(rng.uniform(7, 11))
        phase = pleats * (y - upper - 0.1 * (x - middle) ** 2)
        fold = np.clip(np.sin(phase) ** 15, 0, 1) * (np.abs(x - middle) < 0.85)
        value = base * (round_off * side + creases - float(rng.uniform(0.08, 0.3)) * fold)
    elif kind == "ffp":
        base = min(250.0, max(face_luma * float(rng.uniform(1.0, 1.5)), 60.0))
        seam = np.exp(-((x - middle) ** 2) / 0.0012)
        dome = 1.05 - 0.3 * ((x - middle) ** 2 + 0.5 * (y - 1.0) ** 2)
        value = base * (np.clip(dome, 0.4, 1.1) * side + creases - 0.15 * seam)
    else:
        base = float(rng.uniform(12, 220))
        value = base * (round_off * side + creases) + _pattern(x, y, rng)
    return np.asarray(np.clip(value, 2, 252), dtype=np.float32)


def _pattern(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """(h, w) grey levels to add to plain cloth."""
    kind = one_of(rng, _PATTERNS)
    depth, pitch = float(rng.uniform(-60, 60)), float(rng.uniform(14, 40))
    if kind == "stripes":
        angle = float(rng.uniform(0, np.pi))
        printed = np.sin(pitch * (math.cos(angle) * x + math.sin(angle) * y)) > 0.3
    elif kind == "dots":
        printed = np.sin(pitch * x) * np.sin(pitch * y) > 0.45
    elif kind == "checks":
        printed = (np.sin(pitch * x) > 0) ^ (np.sin(pitch * y) > 0)
    else:
        return np.zeros_like(x)
    return printed * np.float32(depth)
