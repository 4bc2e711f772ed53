"""What light, lens, sensor and codec do to a picture: darkness, glare, blur, noise, few pixels, JPEG.

In: a finished crop or a whole picture. Out: the poorer one and the figures of the quality head. In the order of
physics: light on the face, optics, pixels, exposure and noise, tone curve, compression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.noise import texture

Luma = NDArray[np.uint8]
Floats = NDArray[np.float32]

CRUSHED, SATURATED = 3, 252  # grey levels: at most, at least
_MAX_RATIO_LOG2 = 3.0
_LEVELS = np.arange(256, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Strengths:
    """Chance of each fault and how far it goes, at strength 1."""

    chance: float = 0.3  # of each optical or codec fault
    gain_stops: float = 0.5  # deviation of exposure
    dark: float = 0.1  # chance of a dark cabin, up to `dark_stops` under
    dark_stops: float = 2.5
    over: float = 0.07  # chance of overexposure, up to `over_stops` over
    over_stops: float = 1.2
    side_light: float = 0.15
    blur_px: float = 0.8  # of a 112 crop; largest sigma of defocus
    motion_px: float = 3.0  # longest smear
    shrink: float = 1.8  # largest loss of resolution
    noise: float = 5.0  # largest read noise, grey levels
    jpeg_quality: int = 45  # lowest


MILD = Strengths()
STRONG = Strengths(
    chance=0.45,
    gain_stops=0.9,
    dark=0.3,
    dark_stops=4.5,
    over=0.2,
    over_stops=2.2,
    side_light=0.35,
    blur_px=2.4,
    motion_px=9.0,
    shrink=3.5,
    noise=16.0,
    jpeg_quality=15,
)


@dataclass(frozen=True, slots=True)
class Degraded:
    picture: Luma
    blur: float  # Gaussian-equivalent sigma, px of a 112 crop
    exposure: float  # 0..1, share of pixels crushed or saturated
    resolution: float  # log2 of source px per px of a 112 crop


def degraded(
    picture: Luma,
    rng: np.random.Generator,
    strengths: Strengths = MILD,
    *,
    crop_scale: float = 1.0,
    source_scale: float = 1.0,
) -> Degraded:
    """picture: (H, W). crop_scale: px of this picture per px of a 112 crop (1 for a finished crop of 112 px).

    source_scale: px of the camera's picture per px of a 112 crop.
    """
    if rng.random() < strengths.side_light:
        picture = side_lit(picture, rng)
    variance = 0.0
    if rng.random() < strengths.chance:
        sigma = float(rng.uniform(0.2, max(strengths.blur_px, 0.2)))
        picture = defocused(picture, sigma * crop_scale)
        variance += sigma**2
    if rng.random() < 0.6 * strengths.chance:
        length = float(rng.uniform(1.0, max(strengths.motion_px, 1.0)))
        picture = motion_blurred(picture, length * crop_scale, float(rng.uniform(0, math.pi)))
        variance += _motion_variance(length)
    if rng.random() < strengths.chance:
        shrink = math.exp(rng.uniform(0, math.log(max(strengths.shrink, 1.0))))
        picture = coarser(picture, shrink, rng)
        source_scale = min(source_scale, crop_scale) / shrink
    picture = exposed(picture, rng, strengths)
    if rng.random() < strengths.chance:
        picture = jpeg(picture, int(rng.integers(strengths.jpeg_quality, 96)))
    return Degraded(
        picture,
        math.sqrt(variance),
        exposure_share(picture),
        max(-_MAX_RATIO_LOG2, min(_MAX_RATIO_LOG2, math.log2(max(source_scale, 1e-3)))),
    )


def exposure_share(picture: Luma) -> float:
    middle = cv2.inRange(picture, np.array(CRUSHED + 1), np.array(SATURATED - 1))
    return 1 - cv2.countNonZero(middle) / picture.size


def exposed(picture: Luma, rng: np.random.Generator, strengths: Strengths) -> Luma:
    """Exposure, the sensor's noise, then gamma and contrast as the camera's software sets them."""
    stops = rng.normal(0, strengths.gain_stops)
    draw = rng.random()
    if draw < strengths.dark:
        stops = -rng.uniform(0.5, strengths.dark_stops)
    elif draw < strengths.dark + strengths.over:
        stops = rng.uniform(0.3, strengths.over_stops)
    recovered = rng.random() < 0.5  # the camera turns its gain up again, noise and all
    # In linear light; 2.2 is the display gamma that photographs were stored with.
    light = 255 * (_LEVELS / 255) ** 2.2 * np.float32(2.0**stops)
    stored = 255 * np.minimum(light / 255, 1) ** (1 / 2.2)
    gamma = math.exp(rng.normal(0, 0.18))
    contrast = math.exp(rng.normal(0, 0.15))
    offset = rng.normal(0, 8)
    amplify = min(2.0 ** (-stops / 2.2), 4.0) if recovered and stops < 0 else 1.0
    read = rng.uniform(0, strengths.noise) if rng.random() < 2 * strengths.chance else 0.3
    shot = rng.uniform(0, 0.25) * read
    curve = 255 * np.clip(stored / 255, 0, 1) ** np.float32(gamma)
    curve = (curve - 128) * np.float32(contrast) + 128 + np.float32(offset)
    if stops < -1 and not recovered:
        curve = stored * np.float32(0.9) + np.float32(max(offset, 0) * 0.5)
    deviation = np.sqrt(read**2 + shot**2 * stored / 16)
    mean = cv2.LUT(picture, (np.float32(amplify) * curve).astype(np.float32))
    if read < 0.5:
        return cv2.convertScaleAbs(np.maximum(mean, 0))  # type: ignore[return-value]
    height, width = picture.shape
    grain = 1.0 if rng.random() < 0.7 else float(rng.uniform(1.2, 2.2))
    spread = cv2.LUT(picture, (np.float32(min(amplify, 2.0)) * deviation).astype(np.float32))
    noisy = mean + spread * texture(rng, height, width, grain)
    return cv2.convertScaleAbs(np.maximum(noisy, 0))  # type: ignore[return-value]


def side_lit(picture: Luma, rng: np.random.Generator) -> Luma:
    """Sun or lamp from one side: a gradient, a half face in shadow, or bars of shadow flickering by."""
    height, width = picture.shape
    angle = float(rng.uniform(0, 2 * math.pi))
    x = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(math.cos(angle))
    y = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(math.sin(angle))
    ramp = x[None] + y[:, None] + np.float32(rng.uniform(-0.4, 0.4))
    low, high = float(rng.uniform(0.15, 0.75)), float(rng.uniform(1.0, 1.7))
    kind = rng.random()
    if kind < 0.5:
        share = np.clip(0.5 + 0.5 * ramp, 0, 1)
    elif kind < 0.8:
        bend = 0.15 * texture(rng, height, width, 0.3 * width)
        share = np.clip(0.5 + (ramp + bend) * np.float32(rng.uniform(1.5, 8)), 0, 1)
    else:
        waves = np.sin((ramp + rng.uniform(0, 1)) * np.float32(rng.uniform(4, 14)))
        share = np.clip(0.5 + waves * np.float32(rng.uniform(0.6, 3)), 0, 1)
    factor = np.float32(low) + share.astype(np.float32) * np.float32(high - low)
    return np.asarray(cv2.convertScaleAbs(picture * factor), dtype=np.uint8)


def defocused(picture: Luma, sigma_px: float) -> Luma:
    if sigma_px < 0.15:
        return picture.copy()
    return cv2.GaussianBlur(picture, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def motion_blurred(picture: Luma, length_px: float, angle_rad: float) -> Luma:
    """A straight smear of `length_px`."""
    half = math.ceil(length_px / 2)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), dtype=np.float32)
    steps = np.linspace(-length_px / 2, length_px / 2, 4 * half + 1)
    x, y = half + steps * math.cos(angle_rad), half + steps * math.sin(angle_rad)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    for down in (0, 1):
        for across in (0, 1):
            weight = (1 - np.abs(x - column - across)) * (1 - np.abs(y - row - down))
            inside = (column + across <= 2 * half) & (row + down <= 2 * half)
            np.add.at(kernel, (row[inside] + down, column[inside] + across), weight[inside])
    kernel /= kernel.sum()
    return cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _motion_variance(length_px: float) -> float:
    """Of the Gaussian with the same mean variance over both axes: a smear has length² / 12 along one."""
    return length_px**2 / 24


def coarser(picture: Luma, shrink: float, rng: np.random.Generator) -> Luma:
    """Fewer pixels, then as many as before."""
    height, width = picture.shape
    small = (max(4, round(width / shrink)), max(4, round(height / shrink)))
    down = cv2.INTER_AREA if rng.random() < 0.6 else cv2.INTER_LINEAR
    up = cv2.INTER_CUBIC if rng.random() < 0.3 else cv2.INTER_LINEAR
    fewer = cv2.resize(picture, small, interpolation=down)
    return cv2.resize(fewer, (width, height), interpolation=up)  # type: ignore[return-value]


def jpeg(picture: Luma, quality: int) -> Luma:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError(f"OpenCV could not write a JPEG of shape {picture.shape}")
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]
