"""What lens and sensor make of the light: blur and noise.

In: a frame, its time, how far the sensor's signal is amplified. Out: the frame as the camera delivers it.
"""

from __future__ import annotations

import struct

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.layer import Picture
from driver_simulator.scenario.viewing import CameraSettings

_ROOM_PX = 64
_SMALL_BLUR_PX = 2.0
_STEPS = 4
"""Noise is prepared in steps of a quarter of its usual strength."""
_CHROMA = 0.6


class Sensor:
    """Blurs and adds noise, by seed and time alone.

    After the camera's gamma, which is near a square root, shot noise is alike at all levels (Anscombe 1948), so that
    one field of noise serves; amplification, as at night, strengthens it. A field is drawn once, and shifted and
    turned over by chance from frame to frame.
    """

    def __init__(self, camera: CameraSettings, seed: int) -> None:
        self._camera = camera
        self._seed = seed
        self._fields: dict[int, tuple[Picture, Picture]] = {}

    def expose(self, frame: Picture, t_s: float, amplification: float) -> Picture:
        blurred = _blurred(frame, self._camera.blur_px)
        level = round(_STEPS * amplification)
        if self._camera.noise * level <= 0:
            return blurred
        if level not in self._fields:
            self._fields[level] = self._drawn(frame.shape, self._camera.noise * level / _STEPS)
        more, less = self._fields[level]
        height, width = frame.shape[:2]
        chance = np.random.default_rng([self._seed, *struct.unpack("<2I", struct.pack("<d", t_s))])
        top, left, turned_over = chance.integers(0, _ROOM_PX, 3).tolist()
        if turned_over % 2:
            more, less = less, more
        window = np.s_[top : top + height, left : left + width]
        brighter = cv2.add(blurred, more[window])
        return np.asarray(cv2.subtract(brighter, less[window]), dtype=np.uint8)

    def _drawn(self, shape: tuple[int, ...], deviation: float) -> tuple[Picture, Picture]:
        chance = np.random.default_rng([self._seed, int(1e6 * deviation)])
        height, width = shape[0] + _ROOM_PX, shape[1] + _ROOM_PX
        noise = chance.normal(0, 1, (height, width, 1)).astype(np.float32)
        if len(shape) == 3:
            chroma = chance.normal(0, _CHROMA, (height, width, 3)).astype(np.float32)
            noise = (noise + chroma) / np.float32(np.hypot(1, _CHROMA))
        else:
            noise = noise[..., 0]
        # Rounded by chance, or weak noise would vanish between two grey levels.
        levels = np.floor(deviation * noise + chance.random(noise.shape, dtype=np.float32))
        more, less = np.clip(levels, 0, 255), np.clip(-levels, 0, 255)
        return more.astype(np.uint8), less.astype(np.uint8)


def _blurred(frame: Picture, sigma_px: float) -> Picture:
    if sigma_px <= 0.05:
        return frame
    if sigma_px <= _SMALL_BLUR_PX:
        return _as_picture(cv2.GaussianBlur(frame, (0, 0), sigma_px))
    # What is blurred widely can be blurred in a smaller picture.
    shrink = sigma_px / _SMALL_BLUR_PX
    height, width = frame.shape[:2]
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _SMALL_BLUR_PX)
    return _as_picture(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _as_picture(array: NDArray[np.generic]) -> Picture:
    return np.asarray(array, dtype=np.uint8)
