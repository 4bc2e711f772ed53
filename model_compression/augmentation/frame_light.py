"""Light and camera of a whole frame of some 200 px, in well under a millisecond.

In: luma uint8, the face's place where there is one. Out: the same size, darker, washed out, noisy, blurred, compressed.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.noise import texture

Luma = NDArray[np.uint8]
Random = np.random.Generator


def lit(rng: Random, frame: Luma, face: tuple[float, float, float] | None) -> Luma:
    """Side light, lamps and windows. face: centre x, y and side, px."""
    height, width = frame.shape
    kind = rng.random()
    if kind < 0.25:
        corners = np.exp(rng.normal(0, 0.6, (3, 3))).astype(np.float32)
        light = cv2.resize(corners, (width, height), interpolation=cv2.INTER_CUBIC)
    elif kind < 0.37:
        # A lamp beside the lens (infrared): what is far behind the face stays dark.
        x, y, side = face or (
            *rng.uniform(0, 1, 2) * (width, height),
            rng.uniform(0.2, 0.6) * height,
        )
        reach = side * rng.uniform(0.7, 2.5)
        away_x = ((np.arange(width) - x) / reach) ** 2
        away_y = ((np.arange(height) - y) / reach) ** 2
        floor = rng.uniform(0.05, 0.5)
        lamp = np.multiply.outer(np.exp(-away_y / 2), np.exp(-away_x / 2)).astype(np.float32)
        light = floor + (rng.uniform(1.0, 2.0) - floor) * lamp
    else:
        return frame
    return np.asarray(np.clip(frame * light, 0, 255), dtype=np.uint8)


def recorded(rng: Random, frame: Luma) -> Luma:
    """What exposure, lens, sensor and compression make of it."""
    height, width = frame.shape
    if rng.random() < 0.6:
        frame = _toned(rng, frame)
    if rng.random() < 0.3:
        sigma = float(rng.uniform(0.3, 1.4))
        frame = cv2.GaussianBlur(frame, (0, 0), sigma)  # type: ignore[assignment]
    if rng.random() < 0.08:
        frame = _moved(rng, frame)
    if rng.random() < 0.15:
        share = rng.uniform(0.45, 0.95)
        small = cv2.resize(
            frame,
            (max(8, int(width * share)), max(8, int(height * share))),
            interpolation=cv2.INTER_AREA,
        )
        way = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
        frame = cv2.resize(small, (width, height), interpolation=way)  # type: ignore[assignment]
    if rng.random() < 0.5:
        frame = _noisy(rng, frame)
    if rng.random() < 0.2:
        quality = int(rng.integers(15, 90))
        _, coded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        frame = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)  # type: ignore[assignment]
    if rng.random() < 0.04:
        bar = int(rng.uniform(0.02, 0.15) * height)
        frame = frame.copy()
        frame[:bar] = frame[height - bar :] = int(rng.integers(0, 30))
    return frame


def _toned(rng: Random, frame: Luma) -> Luma:
    """Gamma, then exposure, which may crush or saturate."""
    levels = (np.arange(256) / 255.0) ** math.exp(rng.normal(0, 0.4))
    kind = rng.random()
    if kind < 0.2:
        levels = levels * rng.uniform(1.1, 2.0) + rng.uniform(0, 0.15)
    elif kind < 0.45:
        levels = levels * rng.uniform(0.15, 0.7)
    elif kind < 0.6:
        levels = (levels - 0.5) * rng.uniform(0.2, 0.8) + rng.uniform(0.2, 0.8)
    return cv2.LUT(frame, np.clip(levels * 255, 0, 255).astype(np.uint8))  # type: ignore[return-value]


def _moved(rng: Random, frame: Luma) -> Luma:
    length = int(rng.integers(2, 6)) * 2 + 1
    kernel = np.zeros((length, length), dtype=np.float32)
    angle = rng.uniform(0, math.pi)
    half = length // 2
    reach = np.array([math.cos(angle), math.sin(angle)]) * half * rng.uniform(0.3, 1.0)
    ends = np.rint(np.array([half - reach, half + reach])).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1)
    return cv2.filter2D(frame, -1, kernel / max(float(kernel.sum()), 1.0))  # type: ignore[return-value]


def _noisy(rng: Random, frame: Luma) -> Luma:
    height, width = frame.shape
    grain = texture(rng, height, width, 3.0 if rng.random() < 0.2 else 1.0)
    strength = math.exp(rng.uniform(math.log(1.0), math.log(16.0)))
    if rng.random() < 0.5:
        strength *= float(frame.mean()) / 128 + 0.05  # shot noise falls with the light
    return np.clip(frame + np.float32(strength) * grain, 0, 255).astype(np.uint8)
