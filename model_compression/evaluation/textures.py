"""Textures drawn from a seed, (240, 320, 3) BGR: what a cabin, a road or a broken camera may show instead of a face."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Field = NDArray[np.float32]  # (H, W), about 0..1

_HEIGHT_PX, _WIDTH_PX = 240, 320


def texture(kind: str, seed: int) -> Image:
    random = np.random.default_rng([seed, TEXTURES.index(kind)])
    field = _DRAWN[kind](random)
    field = (field - field.min()) / max(float(field.max() - field.min()), 1e-6)
    dark, bright = sorted(random.uniform(0, 255, 2))
    tint = random.uniform(0.7, 1.0, 3) if random.random() < 0.5 else np.ones(3)
    light = _slope(random) * random.uniform(0, 0.6) + 1.0
    luma = (dark + (bright - dark) * field) * light / float(light.max())
    noise = random.normal(0, random.uniform(0, 8), luma.shape)
    return np.asarray(np.clip((luma + noise)[..., None] * tint, 0, 255), dtype=np.uint8)


def _grid() -> tuple[Field, Field]:
    y, x = np.mgrid[0:_HEIGHT_PX, 0:_WIDTH_PX].astype(np.float32)
    return x, y


def _slope(random: np.random.Generator) -> Field:
    x, y = _grid()
    angle = random.uniform(0, math.tau)
    along = math.cos(angle) * x / _WIDTH_PX + math.sin(angle) * y / _HEIGHT_PX
    return np.asarray(0.5 + along / 2, dtype=np.float32)


def _clouds(random: np.random.Generator) -> Field:
    total = np.zeros((_HEIGHT_PX, _WIDTH_PX), dtype=np.float32)
    for octave in range(1, 7):
        coarse = random.random((2**octave + 1, 2**octave + 1)).astype(np.float32)
        fine = cv2.resize(coarse, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(fine, dtype=np.float32) * np.float32(random.uniform(0.4, 0.7) ** octave)
    return total


def _stripes(random: np.random.Generator) -> Field:
    x, y = _grid()
    angle, period = random.uniform(0, math.pi), random.uniform(6, 60)
    wave = np.sin((x * math.cos(angle) + y * math.sin(angle)) * math.tau / period)
    return (wave if random.random() < 0.5 else np.sign(wave)).astype(np.float32)


def _plaid(random: np.random.Generator) -> Field:
    return _stripes(random) + np.float32(random.uniform(0.3, 1.0)) * _stripes(random)


def _checks(random: np.random.Generator) -> Field:
    x, y = _grid()
    side = random.uniform(8, 60)
    return np.asarray((np.floor(x / side) + np.floor(y / side)) % 2, dtype=np.float32)


def _discs(random: np.random.Generator) -> Field:
    canvas = np.full((_HEIGHT_PX, _WIDTH_PX), random.uniform(0, 1), dtype=np.float32)
    for _ in range(int(random.integers(5, 60))):
        center = (int(random.integers(_WIDTH_PX)), int(random.integers(_HEIGHT_PX)))
        axes = (int(random.integers(3, 60)), int(random.integers(3, 60)))
        turn = random.uniform(0, 180)
        cv2.ellipse(canvas, center, axes, turn, 0, 360, random.uniform(0, 1), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), random.uniform(0.5, 4)), dtype=np.float32)


def _boxes(random: np.random.Generator) -> Field:
    canvas = np.full((_HEIGHT_PX, _WIDTH_PX), random.uniform(0, 1), dtype=np.float32)
    for _ in range(int(random.integers(5, 50))):
        corner = (int(random.integers(_WIDTH_PX)), int(random.integers(_HEIGHT_PX)))
        other = (corner[0] + int(random.integers(4, 120)), corner[1] + int(random.integers(4, 120)))
        cv2.rectangle(canvas, corner, other, random.uniform(0, 1), -1)
    return canvas


def _cells(random: np.random.Generator) -> Field:
    x, y = _grid()
    seeds = random.uniform(0, 1, (int(random.integers(8, 60)), 2)) * (_WIDTH_PX, _HEIGHT_PX)
    apart = [np.hypot(x - px, y - py) for px, py in seeds]
    ordered = np.sort(np.stack(apart), axis=0)
    return np.asarray(ordered[1] - ordered[0], dtype=np.float32)


def _wood(random: np.random.Generator) -> Field:
    x, y = _grid()
    bend = _clouds(random) * random.uniform(10, 60)
    wave = np.sin((x + bend + 0.1 * y) * math.tau / random.uniform(8, 30))
    return np.asarray(wave, dtype=np.float32)


def _lines(random: np.random.Generator) -> Field:
    canvas = np.full((_HEIGHT_PX, _WIDTH_PX), random.uniform(0, 1), dtype=np.float32)
    for _ in range(int(random.integers(10, 80))):
        ends = random.integers(0, _WIDTH_PX, 4).tolist()
        thick = int(random.integers(1, 9))
        cv2.line(canvas, ends[:2], ends[2:], random.uniform(0, 1), thick, cv2.LINE_AA)
    return canvas


def _writing(random: np.random.Generator) -> Field:
    canvas = np.full((_HEIGHT_PX, _WIDTH_PX), int(random.integers(150, 256)), dtype=np.uint8)
    size = random.uniform(0.3, 1.2)
    for row in range(12, _HEIGHT_PX, int(14 + 22 * size)):
        letters = "".join(chr(int(code)) for code in random.integers(48, 123, 60))
        cv2.putText(canvas, letters, (4, row), cv2.FONT_HERSHEY_SIMPLEX, size, 25, 1, cv2.LINE_AA)
    return canvas.astype(np.float32)


def _grain(random: np.random.Generator) -> Field:
    noise = random.normal(0, 1, (_HEIGHT_PX, _WIDTH_PX)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), random.uniform(0.3, 12)), dtype=np.float32)


_DRAWN: dict[str, Callable[[np.random.Generator], Field]] = {
    "clouds": _clouds,
    "stripes": _stripes,
    "plaid": _plaid,
    "checks": _checks,
    "discs": _discs,
    "boxes": _boxes,
    "cells": _cells,
    "wood": _wood,
    "lines": _lines,
    "writing": _writing,
    "grain": _grain,
    "slope": _slope,
}
TEXTURES = tuple(_DRAWN)
