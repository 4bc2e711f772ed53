"""What is almost a face: a head whose face is gone, shuffled features, a single feature; and faces partly covered.

In: a portrait. Out: luma uint8 of the portrait's size, or a fragment of it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.backgrounds import BackgroundStock
from model_compression.augmentation.portraits import (
    Floats,
    Luma,
    Portrait,
    face_square,
)

Random = np.random.Generator


def face_taken_away(rng: Random, portrait: Portrait, stock: BackgroundStock) -> Luma:
    """The portrait with its face smoothed to skin, replaced by something else, or cut into shuffled pieces."""
    luma = portrait.luma.copy()
    height, width = luma.shape
    hull = cv2.convexHull(portrait.landmarks)[:, 0]
    middle = hull.mean(axis=0)
    hole = middle + (hull - middle) * rng.uniform(1.1, 1.4)
    kind = rng.random()
    if kind < 0.15:
        return _shuffled(rng, portrait, luma)
    soft = rng.random() < 0.6
    softness = float(rng.uniform(0.5, 0.03 * max(luma.shape) + 0.6)) if soft else 0.0
    margin = 2 + 2 * softness + 0.15 * float(np.ptp(hull, axis=0).max())
    left, top = np.maximum(hole.min(axis=0) - margin, 0).astype(int).tolist()
    right, bottom = np.minimum(hole.max(axis=0) + margin + 1, (width, height)).astype(int).tolist()
    part = luma[top:bottom, left:right]
    if min(part.shape) < 4:
        return luma
    mask = np.zeros_like(part)
    cv2.fillPoly(mask, [np.rint(hole - (left, top)).astype(np.int32)], 255)
    if kind < 0.55:
        filling = _skin(rng, part, mask)
    elif kind < 0.85:
        filling = stock.cut(rng, *part.shape)
    else:
        filling = np.full_like(part, int(rng.integers(256)))
    if soft:
        mask = feathered(mask, softness)
    alpha = mask * np.float32(1 / 255)
    part[:] = np.clip(part + alpha * (filling.astype(np.float32) - part), 0, 255)
    return luma


def feathered(mask: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """A soft edge; a wide one is blurred at a lower resolution, which takes a tenth of the time."""
    if sigma_px < 2.0:
        return cv2.GaussianBlur(mask, (0, 0), sigma_px)  # type: ignore[return-value]
    height, width = mask.shape
    size = (max(2, int(width / sigma_px)), max(2, int(height / sigma_px)))
    small = cv2.blur(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), (3, 3))
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _skin(rng: Random, luma: Luma, mask: NDArray[np.uint8]) -> Luma:
    """Smooth shading continued from the rim of the hole, with a grain. Nothing of what the hole held comes back."""
    size = (24, 24)
    hole = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    rim = hole == 0
    small[~rim] = int(small[rim].mean()) if rim.any() else int(rng.integers(40, 230))
    if rim.any():
        small = cv2.inpaint(small, hole, 3, cv2.INPAINT_TELEA)
    skin = cv2.resize(small, luma.shape[::-1], interpolation=cv2.INTER_CUBIC)
    coarse = rng.standard_normal((16, 16), dtype=np.float32) * np.float32(rng.uniform(0, 10))
    grain = cv2.resize(coarse, luma.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(skin + grain, 0, 255), dtype=np.uint8)


def _shuffled(rng: Random, portrait: Portrait, luma: Luma) -> Luma:
    """The face's square cut into pieces, none of which stays where it was."""
    height, width = luma.shape
    x, y, side, _ = face_square(portrait.points)
    low, high = portrait.landmarks.min(axis=0), portrait.landmarks.max(axis=0)
    pieces = int(rng.integers(3, 6))
    left, top = max(0, int(min(low[0], x - side / 2))), max(0, int(min(low[1], y - side / 2)))
    right, bottom = min(width, int(high[0]) + 1), min(height, int(high[1]) + 1)
    piece_w, piece_h = (right - left) // pieces, (bottom - top) // pieces
    if min(piece_w, piece_h) < 2:
        luma[top:bottom, left:right] = int(luma[top:bottom, left:right].mean())
        return luma
    spots = [
        (top + row * piece_h, left + column * piece_w)
        for row in range(pieces)
        for column in range(pieces)
    ]
    order = np.roll(rng.permutation(len(spots)), 0)
    source = luma.copy()
    for position, number in enumerate(order):
        target = order[(position + 1) % len(order)]  # one cycle: nothing keeps its place
        from_top, from_left = spots[number]
        to_top, to_left = spots[target]
        piece = source[from_top : from_top + piece_h, from_left : from_left + piece_w]
        if rng.random() < 0.5:
            piece = piece[::-1]
        luma[to_top : to_top + piece_h, to_left : to_left + piece_w] = piece
    return luma


def leftover(rng: Random, portrait: Portrait) -> Luma:
    """A fragment: one eye, the mouth, a cheek or a piece of hair, too little to be a face."""
    side = face_square(portrait.points)[2]
    height, width = portrait.luma.shape
    part = max(4, int(side * rng.uniform(0.25, 0.45)))
    spot = portrait.landmarks[int(rng.integers(len(portrait.landmarks)))]
    left = int(np.clip(spot[0] - part / 2, 0, max(0, width - part)))
    top = int(np.clip(spot[1] - part / 2, 0, max(0, height - part)))
    return portrait.luma[top : top + part, left : left + part]


def face_covered(rng: Random, portrait: Portrait, stock: BackgroundStock) -> Luma:
    """Sunglasses, a mask, or something held before a part of the face; enough stays to tell that it is one."""
    luma = portrait.luma.copy()
    x, y, side, _ = face_square(portrait.points)
    eye_right, eye_left, nose = portrait.points[:3]
    across, down = eye_left - eye_right, nose - (eye_left + eye_right) / 2
    kind = rng.random()
    grey, strength = int(rng.integers(256)), float(rng.uniform(0.75, 1.0))
    shapes: list[Floats] = []
    if kind < 0.4:  # sunglasses
        grey = int(rng.integers(0, 70))
        w, h = rng.uniform(0.3, 0.5), rng.uniform(0.3, 0.55)
        lens = _ROUND[:, :1] * w * across + _ROUND[:, 1:] * h * down
        shapes += [(eye + lens).astype(np.float32) for eye in (eye_right, eye_left)]
        bridge = [
            eye_right - 0.08 * down,
            eye_left - 0.08 * down,
            eye_left + 0.08 * down,
            eye_right + 0.08 * down,
        ]
        shapes.append(np.stack(bridge).astype(np.float32))
    elif kind < 0.7:  # mask: from the ridge of the nose down to the chin
        oval = portrait.outline
        top = nose - rng.uniform(0.05, 0.55) * down
        shapes.append(np.concatenate([oval[8:29], top[None]]).astype(np.float32))
    else:  # a hand, a cup, a phone, hair
        turn = rng.uniform(0, 2 * np.pi)
        away = np.array([np.cos(turn), np.sin(turn)]) * side * rng.uniform(0.25, 0.6)
        reach = side * rng.uniform(0.15, 0.35)
        shapes.append(
            (np.array([x, y]) + away + reach * _ROUND * rng.uniform(0.6, 1.4, 2)).astype(np.float32)
        )
    mask = np.zeros_like(luma)
    for shape in shapes:
        cv2.fillPoly(mask, [np.rint(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    cover: NDArray[np.float32] | float = float(grey)
    if rng.random() < 0.35:
        cover = stock.cut(rng, *luma.shape) * np.float32(0.5) + np.float32(grey * 0.5)
    alpha = mask * np.float32(strength / 255)
    return np.clip(luma + alpha * (cover - luma.astype(np.float32)), 0, 255).astype(np.uint8)


_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_ROUND = np.stack(
    [
        np.sign(np.cos(_ANGLES)) * np.abs(np.cos(_ANGLES)) ** 0.7,
        np.sign(np.sin(_ANGLES)) * np.abs(np.sin(_ANGLES)) ** 0.7,
    ],
    axis=1,
)
