"""RandAugment (Cubuk et al. 2020) on a clip: some operations at random, each the same on all frames.

The operations and their strengths are those of VideoMAE's recipe, in which strength m of 10 always changes more than
less does. Operations that count pixels (contrast, equalise) count those of all frames together, so that a clip keeps
its changes of light.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.training.clips.varied_clip import OUTSIDE, Frames

_CHANCE = 0.5  # of each operation that was chosen
_STRONGEST = 10.0
_LEVELS = np.arange(256, dtype=np.float32)
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], dtype=np.float32) / 13

Operation = Callable[[Frames, float, float], Frames]
"""frames, strength 0..1, and the same with a sign by chance."""


def rand_augmented(
    frames: Frames, rng: np.random.Generator, *, operations: int, strength: float, spread: float
) -> Frames:
    """frames: (T, H, W, C); strength: 0..10, of each operation with this spread around it."""
    for _ in range(operations):
        chosen, applied, sign = (
            int(rng.integers(len(OPERATIONS))),
            rng.random() < _CHANCE,
            1 if rng.random() < 0.5 else -1,
        )
        level = min(max(float(rng.normal(strength, spread)), 0.0), _STRONGEST) / _STRONGEST
        if applied:
            frames = OPERATIONS[chosen](frames, level, sign * level)
    return frames


def _by_table(frames: Frames, table: NDArray[np.float32]) -> Frames:
    """table: (256,)"""
    return np.clip(np.rint(table), 0, 255).astype(np.uint8)[frames]


def _stretch_contrast(frames: Frames, level: float, signed: float) -> Frames:
    out = frames.copy()
    for channel in range(frames.shape[3]):
        low, high = int(frames[..., channel].min()), int(frames[..., channel].max())
        if high > low:
            table = (_LEVELS - low) * np.float32(255 / (high - low))
            out[..., channel] = _by_table(frames[..., channel], table)
    return out


def _equalise(frames: Frames, level: float, signed: float) -> Frames:
    out = frames.copy()
    for channel in range(frames.shape[3]):
        counts = np.bincount(frames[..., channel].ravel(), minlength=256)
        below = np.cumsum(counts) - counts
        most = frames[..., channel].size - counts[np.flatnonzero(counts)[-1]]
        if most > 0:
            table = (below * (255 / most)).astype(np.float32)
            out[..., channel] = _by_table(frames[..., channel], table)
    return out


def _invert(frames: Frames, level: float, signed: float) -> Frames:
    return 255 - frames


def _posterise(frames: Frames, level: float, signed: float) -> Frames:
    dropped = 4 + int(level * 4)  # of the eight bits
    return frames & np.uint8(256 - 2**dropped)


def _solarise(frames: Frames, level: float, signed: float) -> Frames:
    from_level = 256 - int(level * 256)
    return _by_table(frames, np.where(from_level > _LEVELS, _LEVELS, 255 - _LEVELS))


def _lift_shadows(frames: Frames, level: float, signed: float) -> Frames:
    lifted = np.minimum(_LEVELS + int(level * 110), 255)
    return _by_table(frames, np.where(_LEVELS < 128, lifted, _LEVELS))


def _brighten(frames: Frames, level: float, signed: float) -> Frames:
    return _by_table(frames, _LEVELS * np.float32(_factor(signed)))


def _contrast(frames: Frames, level: float, signed: float) -> Frames:
    mean = np.float32(frames.mean())
    return _by_table(frames, mean + (_LEVELS - mean) * np.float32(_factor(signed)))


def _colour(frames: Frames, level: float, signed: float) -> Frames:
    if frames.shape[3] != 3:
        return frames
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])[..., np.newaxis]
    return _apart(frames, grey.astype(np.float32), _factor(signed))


def _sharpen(frames: Frames, level: float, signed: float) -> Frames:
    smooth = np.empty(frames.shape, dtype=np.float32)
    for frame, out in zip(frames, smooth, strict=True):
        out[...] = cv2.filter2D(frame, cv2.CV_32F, _SMOOTH).reshape(out.shape)
    return _apart(frames, smooth, _factor(signed))


def _apart(frames: Frames, plain: NDArray[np.float32], factor: float) -> Frames:
    """The difference to something plainer, made more or less."""
    changed = plain + (frames - plain) * np.float32(factor)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def _factor(signed: float) -> float:
    return max(0.1, 1 + 0.9 * signed)


def _rotate(frames: Frames, level: float, signed: float) -> Frames:
    turn = math.radians(30 * signed)
    return _placed(
        frames, [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]], (0, 0)
    )


def _shear_x(frames: Frames, level: float, signed: float) -> Frames:
    return _placed(frames, [[1, 0.3 * signed], [0, 1]], (0, 0))


def _shear_y(frames: Frames, level: float, signed: float) -> Frames:
    return _placed(frames, [[1, 0], [0.3 * signed, 1]], (0, 0))


def _move_x(frames: Frames, level: float, signed: float) -> Frames:
    return _placed(frames, [[1, 0], [0, 1]], (0.45 * signed, 0))


def _move_y(frames: Frames, level: float, signed: float) -> Frames:
    return _placed(frames, [[1, 0], [0, 1]], (0, 0.45 * signed))


def _placed(frames: Frames, way: list[list[float]], shift: tuple[float, float]) -> Frames:
    """way: a matrix around the middle; shift: in shares of the side."""
    side = frames.shape[1]
    middle = np.full(2, (side - 1) / 2)
    matrix = np.array(way, dtype=np.float64)
    offset = middle - matrix @ middle + np.array(shift) * side
    place = np.hstack([matrix, offset[:, np.newaxis]])
    moved = [
        cv2.warpAffine(frame, place, (side, side), borderValue=(OUTSIDE,) * 3) for frame in frames
    ]
    return np.stack(moved).reshape(frames.shape).astype(np.uint8, copy=False)


OPERATIONS: tuple[Operation, ...] = (
    _stretch_contrast,
    _equalise,
    _invert,
    _rotate,
    _posterise,
    _solarise,
    _lift_shadows,
    _colour,
    _contrast,
    _brighten,
    _sharpen,
    _shear_x,
    _shear_y,
    _move_x,
    _move_y,
)
