"""Pictures without a face: dead leaves, noise, cabins, text, patterns, bodies without a head.

What a detector must not fire on, drawn rather than collected. All pictures are luma, (side, side) uint8. Dead leaves
(overlapping shapes of all sizes) have the edge statistics of photographs: Lee, Mumford and Huang 2001.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Random = np.random.Generator

_CHARACTERS = np.array(list("ABCDEFGHKLMNPRSTUVXYZabcdefghiknoprstuvz0123456789.,:-+/%&"))


def drawn(rng: Random, side: int) -> Luma:
    """One picture of a kind drawn at random."""
    kind = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
    canvas = kind(rng, side)
    if rng.random() < 0.25:
        other = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))](rng, side)
        canvas = cv2.addWeighted(canvas, 0.5, other, 0.5, 0)  # type: ignore[assignment]
    if rng.random() < 0.3:
        sigma = float(rng.uniform(0.5, 3.0))
        canvas = cv2.GaussianBlur(canvas, (0, 0), sigma)  # type: ignore[assignment]
    return canvas


class BackgroundStock:
    """Backgrounds by number, drawn when first asked for: drawing takes longer than a whole scene may.

    `cut` depends on what its generator gives alone, not on what was cut before.
    """

    def __init__(self, seed: int, *, count: int = 1500, side: int = 224) -> None:
        self._seed = seed
        self._pictures: list[Luma | None] = [None] * count
        self._side = side

    def cut(self, rng: Random, height: int, width: int) -> Luma:
        """(height, width), from a random part of one, mirrored, turned, brightened or not."""
        picture = self._picture(int(rng.integers(len(self._pictures))))
        share = float(rng.uniform(0.35, 1.0))
        part_h = max(8, int(self._side * share * min(1.0, height / width)))
        part_w = max(8, int(self._side * share * min(1.0, width / height)))
        top = int(rng.integers(self._side - part_h + 1))
        left = int(rng.integers(self._side - part_w + 1))
        part = picture[top : top + part_h, left : left + part_w]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        if rng.random() < 0.25:
            part = part[::-1]
        part = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        gain, offset = float(rng.uniform(0.4, 1.2)), float(rng.uniform(-30, 60))
        lut = np.clip(np.arange(256) * gain + offset, 0, 255).astype(np.uint8)
        return cv2.LUT(part, lut)  # type: ignore[return-value]

    def _picture(self, number: int) -> Luma:
        picture = self._pictures[number]
        if picture is None:
            picture = drawn(np.random.default_rng([self._seed, number]), self._side)
            self._pictures[number] = picture
        return picture


def noise_cloud(rng: Random, side: int) -> Luma:
    """Smooth noise over several octaves; steep spectra look like clouds, flat ones like gravel."""
    steepness = rng.uniform(0.3, 1.6)
    total = np.zeros((side, side), dtype=np.float32)
    cells, weight = 2, 1.0
    while cells < side:
        grid = rng.standard_normal((cells, cells), dtype=np.float32) * np.float32(weight)
        total += cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
        cells *= 2
        weight /= 2**steepness
    total *= float(rng.uniform(15, 60)) / max(float(total.std()), 1e-6)
    total += np.float32(rng.uniform(60, 190))
    return np.asarray(np.clip(total, 0, 255), dtype=np.uint8)


def gradient(rng: Random, side: int) -> Luma:
    corners = rng.uniform(0, 255, (2, 2)).astype(np.float32)
    ramp = cv2.resize(corners, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(ramp, 0, 255), dtype=np.uint8)


def dead_leaves(rng: Random, side: int) -> Luma:
    canvas = gradient(rng, side)
    texture = noise_cloud(rng, side) if rng.random() < 0.5 else None
    smallest = rng.uniform(2, 10)
    for _ in range(int(rng.integers(40, 260))):
        radius = float(min(smallest / max(1e-3, rng.random()) ** 0.5, side / 2))
        center = (int(rng.integers(side)), int(rng.integers(side)))
        _leaf(rng, canvas, center, radius)
    if texture is not None:
        canvas = cv2.addWeighted(canvas, 0.75, texture, 0.25, 0)  # type: ignore[assignment]
    return canvas


def _leaf(rng: Random, canvas: Luma, center: tuple[int, int], radius: float) -> None:
    grey = int(rng.integers(256))
    kind = rng.random()
    if kind < 0.4:
        axes = (max(1, int(radius)), max(1, int(radius * rng.uniform(0.3, 1.0))))
        cv2.ellipse(canvas, center, axes, float(rng.uniform(0, 180)), 0, 360, grey, -1, cv2.LINE_AA)
    elif kind < 0.85:
        angles = np.sort(rng.uniform(0, 2 * math.pi, int(rng.integers(3, 7))))
        corners = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + center
        cv2.fillPoly(canvas, [corners.astype(np.int32)], grey, cv2.LINE_AA)
    else:
        end = (
            int(center[0] + rng.normal(0, 2 * radius)),
            int(center[1] + rng.normal(0, 2 * radius)),
        )
        cv2.line(canvas, center, end, grey, max(1, int(radius / 6)), cv2.LINE_AA)


def pattern(rng: Random, side: int) -> Luma:
    """Stripes, checks, dots, rings and pairs of dots: what is regular or looks like eyes."""
    canvas = gradient(rng, side)
    grey, period = int(rng.integers(256)), int(rng.integers(4, 48))
    kind = int(rng.integers(5))
    if kind == 0:
        phase = (np.add.outer(np.arange(side) * rng.uniform(-1, 1), np.arange(side))) / period
        return np.asarray(
            127 + rng.uniform(20, 127) * np.sin(2 * math.pi * phase), dtype=np.float32
        ).astype(np.uint8)
    if kind == 1:
        steps = np.arange(side) // period
        checks = np.add.outer(steps, steps) % 2 == 0
        canvas[checks] = grey
        return canvas
    for y in range(period // 2, side, period):
        for x in range(period // 2, side, period):
            radius = max(1, int(period * rng.uniform(0.1, 0.45)))
            if kind == 2:
                cv2.circle(canvas, (x, y), radius, grey, -1, cv2.LINE_AA)
            elif kind == 3:
                cv2.circle(canvas, (x, y), radius, grey, max(1, period // 8), cv2.LINE_AA)
            elif rng.random() < 0.3:
                apart = int(period * rng.uniform(0.1, 0.4))
                for eye in (x - apart, x + apart):
                    cv2.circle(canvas, (eye, y), max(1, radius // 2), grey, -1, cv2.LINE_AA)
    return canvas


def text(rng: Random, side: int) -> Luma:
    canvas = gradient(rng, side)
    for _ in range(int(rng.integers(3, 24))):
        word = "".join(rng.choice(_CHARACTERS, int(rng.integers(1, 14))))
        scale = float(np.exp(rng.uniform(math.log(0.3), math.log(4.0))))
        place = (int(rng.integers(-side // 3, side)), int(rng.integers(side + 20)))
        font = int(rng.choice([0, 1, 2, 3, 4, 5, 6, 7]))
        thickness = max(1, int(scale * rng.uniform(0.8, 3)))
        cv2.putText(
            canvas, word, place, font, scale, int(rng.integers(256)), thickness, cv2.LINE_AA
        )
    return canvas


def cabin(rng: Random, side: int) -> Luma:
    """Windows, pillars, seats with headrests, a steering wheel, a belt: no person."""
    canvas = gradient(rng, side) // np.uint8(2)
    bright = int(rng.integers(120, 256))
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(-0.2, 0.8, 2) * side
        w, h = rng.uniform(0.2, 0.7, 2) * side
        skew = rng.uniform(-0.3, 0.3) * side
        corners = np.array([[x + skew, y], [x + w + skew, y], [x + w, y + h], [x, y + h]])
        cv2.fillPoly(canvas, [corners.astype(np.int32)], bright, cv2.LINE_AA)
        if rng.random() < 0.6:
            _outside(rng, canvas, corners)
    for _ in range(int(rng.integers(1, 4))):
        seat(rng, canvas)
    if rng.random() < 0.5:
        center = (int(rng.uniform(0, 1) * side), int(rng.uniform(0.6, 1.2) * side))
        radius = int(rng.uniform(0.15, 0.5) * side)
        axes = (radius, int(radius * rng.uniform(0.5, 1.0)))
        grey, thickness = int(rng.integers(0, 90)), int(rng.uniform(3, 14))
        angle = float(rng.uniform(0, 180))
        cv2.ellipse(canvas, center, axes, angle, 0, 360, grey, thickness, cv2.LINE_AA)
        cv2.ellipse(
            canvas, center, (radius // 3, radius // 3), 0, 0, 360, grey + 15, -1, cv2.LINE_AA
        )
    if rng.random() < 0.5:
        ends = rng.integers(-20, side + 20, 4)
        cv2.line(
            canvas,
            (int(ends[0]), 0),
            (int(ends[1]), side),
            int(rng.integers(0, 200)),
            int(rng.integers(3, 16)),
            cv2.LINE_AA,
        )
    if rng.random() < 0.5:
        body(
            rng, canvas, (float(rng.uniform(0.2, 0.8)) * side, float(rng.uniform(0.2, 0.7)) * side)
        )
    return canvas


def _outside(rng: Random, canvas: NDArray[np.uint8], corners: NDArray[np.float64]) -> None:
    """What is seen through a window."""
    side = canvas.shape[0]
    mask = np.zeros_like(canvas)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    view = cv2.convertScaleAbs(dead_leaves(rng, side), alpha=0.6, beta=90)
    np.copyto(canvas, view, where=mask > 0)


def seat(rng: Random, canvas: NDArray[np.uint8]) -> None:
    """A back and a headrest on two rods."""
    side = canvas.shape[0]
    x, top = float(rng.uniform(0, 1)) * side, float(rng.uniform(0.1, 0.7)) * side
    width = float(rng.uniform(0.12, 0.4)) * side
    grey = int(rng.integers(10, 200))
    _rounded(canvas, (x - width / 2, top, width, side * 1.2), width / 4, grey)
    rest_w, rest_h = width * rng.uniform(0.4, 0.7), width * rng.uniform(0.3, 0.5)
    gap = rest_h * rng.uniform(0.05, 0.4)
    for rod in (-0.25, 0.25):
        at = int(x + rod * rest_w)
        cv2.line(canvas, (at, int(top)), (at, int(top - gap - rest_h / 2)), max(0, grey - 40), 2)
    shade = int(np.clip(grey + rng.integers(-25, 26), 0, 255))
    _rounded(canvas, (x - rest_w / 2, top - gap - rest_h, rest_w, rest_h), rest_h / 3, shade)


def _rounded(
    canvas: NDArray[np.uint8], box: tuple[float, float, float, float], radius: float, grey: int
) -> None:
    x, y, w, h = box
    r = max(1, int(radius))
    left, top, right, bottom = int(x), int(y), int(x + w), int(y + h)
    cv2.rectangle(canvas, (left + r, top), (right - r, bottom), grey, -1)
    cv2.rectangle(canvas, (left, top + r), (right, bottom - r), grey, -1)
    for cx in (left + r, right - r):
        for cy in (top + r, bottom - r):
            cv2.circle(canvas, (cx, cy), r, grey, -1, cv2.LINE_AA)


def body(
    rng: Random, canvas: NDArray[np.uint8], neck: tuple[float, float], size: float = 0.0
) -> None:
    """Shoulders and a neck below `neck` (px); size: width of a head in px (0: at random). Draws no head."""
    side = canvas.shape[0]
    size = size or float(rng.uniform(0.1, 0.4)) * side
    x, y = neck
    cloth, skin = int(rng.integers(256)), int(rng.integers(60, 230))
    wide = size * rng.uniform(0.9, 1.5)
    drop = size * rng.uniform(0.2, 0.5)
    center = (int(x + rng.normal(0, 0.1) * size), int(y + drop + wide * 0.8))
    axes = (int(wide), int(wide * rng.uniform(0.6, 0.9)))
    cv2.ellipse(canvas, center, axes, float(rng.normal(0, 6)), 180, 360, cloth, -1, cv2.LINE_AA)
    cv2.rectangle(canvas, (center[0] - axes[0], center[1]), (center[0] + axes[0], side), cloth, -1)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 8))):
            along = int(rng.uniform(-1, 1) * wide)
            cv2.line(
                canvas,
                (center[0] + along, int(y + drop)),
                (center[0] + along + int(rng.normal(0, 8)), side),
                int(rng.integers(256)),
                int(rng.integers(1, 6)),
            )
    half = size * rng.uniform(0.25, 0.4)
    neck_box = (x - half, y - 0.3 * size, 2 * half, 0.3 * size + 1.4 * drop)
    _rounded(canvas, neck_box, half / 2, skin)


def heads_without_faces(rng: Random, side: int) -> Luma:
    """Ovals of skin with hair and no features, hand-like blobs, bodies: round and smooth, but no face."""
    canvas = noise_cloud(rng, side) if rng.random() < 0.5 else gradient(rng, side)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0.1, 0.9, 2) * side
        size = float(np.exp(rng.uniform(math.log(0.06), math.log(0.5)))) * side
        skin = int(rng.integers(50, 240))
        if rng.random() < 0.35:
            hand(rng, canvas, (x, y), size * 0.6, skin)
            continue
        if rng.random() < 0.6:
            body(rng, canvas, (x, y + 0.5 * size), size)
        axes = (int(size * 0.42), int(size * rng.uniform(0.48, 0.62)))
        tilt = float(rng.normal(0, 15))
        place = (int(x), int(y))
        if rng.random() < 0.7:
            hair = (int(axes[0] * 1.15), int(axes[1] * 1.15))
            above = (int(x), int(y - 0.1 * size))
            cv2.ellipse(canvas, above, hair, tilt, 0, 360, int(rng.integers(120)), -1, cv2.LINE_AA)
        cv2.ellipse(canvas, place, axes, tilt, 0, 360, skin, -1, cv2.LINE_AA)
        if rng.random() < 0.4:
            shade = int(np.clip(skin + rng.integers(-60, 60), 0, 255))
            half = (max(1, axes[0] // 2), axes[1])
            cv2.ellipse(canvas, place, half, tilt, 90, 270, shade, -1, cv2.LINE_AA)
    return canvas


def hand(
    rng: Random, canvas: NDArray[np.uint8], center: tuple[float, float], size: float, grey: int
) -> None:
    """A palm with fingers."""
    turn = rng.uniform(0, 2 * math.pi)
    axes = (max(1, int(size * 0.5)), max(1, int(size * 0.4)))
    place = (int(center[0]), int(center[1]))
    cv2.ellipse(canvas, place, axes, math.degrees(turn), 0, 360, grey, -1, cv2.LINE_AA)
    for finger in range(4):
        angle = turn + (finger - 1.5) * rng.uniform(0.15, 0.3)
        length = size * rng.uniform(0.8, 1.2)
        end = (
            int(center[0] + length * math.cos(angle)),
            int(center[1] + length * math.sin(angle)),
        )
        shade = int(np.clip(grey + rng.integers(-25, 10), 0, 255))
        cv2.line(canvas, place, end, shade, max(1, int(size * 0.2)), cv2.LINE_AA)


_WEIGHTED: tuple[tuple[Callable[[Random, int], Luma], float], ...] = (
    (dead_leaves, 0.3),
    (cabin, 0.25),
    (noise_cloud, 0.12),
    (heads_without_faces, 0.13),
    (pattern, 0.1),
    (text, 0.05),
    (gradient, 0.05),
)
_KINDS = tuple(kind for kind, _ in _WEIGHTED)
_SHARES = np.array([share for _, share in _WEIGHTED])
