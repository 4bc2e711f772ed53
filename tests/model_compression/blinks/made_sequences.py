"""Made sets of blink sequences: people whose blinks get longer and slower from alert to drowsy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_compression.blinks.sequences import BlinkSequences, read_folds

_BLINKS = 30
_STRIDE = 2


def recording(
    random: np.random.Generator, level: float, count: int, *, own: float = 0.0
) -> NDArray[np.float64]:
    """(count, 30, 4), overlapping as in the set. level: 0..1 of drowsiness; own: what is this person's alone."""
    total = _BLINKS + _STRIDE * (count - 1)
    blinks = random.normal(0.0, 1.0, (total, 4))
    blinks[:, 0] += 30.0 * level
    blinks[:, 1] -= 0.5 * level + own
    blinks[:, 2] += 4.0 * level * random.random(total) + own
    blinks[:, 3] -= 1.5 * level
    return np.stack([blinks[_STRIDE * i : _STRIDE * i + _BLINKS] for i in range(count)])


def write_fold(path: Path, seed: int, people: int = 6, sequences: int = 5) -> Path:
    """An npz of the set's form; one alert recording is shorter than a sequence."""
    random = np.random.default_rng(seed)
    blinks, labels = [], []
    for person in range(people):
        own = random.normal(0.0, 0.3)
        for label in (0, 5, 10):
            count = int(random.integers(1, 2 * sequences))
            made = recording(random, label / 10, count, own=own)
            if person == 0 and label == 0:
                made = made[:1]
                made[:, :20] = 0.0
            blinks.append(made)
            labels += [label] * len(made)
    np.savez(
        path,
        blinks=np.concatenate(blinks).astype(np.float32),
        labels=np.array(labels, dtype=np.float64)[:, None],
    )
    return path


def made_folds(folder: Path, folds: int = 3, people: int = 6) -> BlinkSequences:
    return read_folds(
        [write_fold(folder / f"fold{n}.npz", seed=n, people=people) for n in range(1, folds + 1)]
    )
