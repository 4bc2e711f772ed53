"""What somebody says of blink sequences: how likely each class is, and one level from alert to drowsy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.blinks.sequences import BlinkSequences

Floats = NDArray[np.float64]

LEVELS = np.array([0.0, 5.0, 10.0])  # of the classes


@dataclass(frozen=True, slots=True)
class BlinkAnswers:
    """chances: (N, 3), None from somebody who only ranks; level: (N,), 0..10 where there are chances."""

    chances: Floats | None
    level: Floats

    @staticmethod
    def from_chances(chances: Floats) -> BlinkAnswers:
        """The level that is to be expected."""
        return BlinkAnswers(chances, chances @ LEVELS)


def unlikeness(sequences: BlinkSequences) -> BlinkAnswers:
    """How unlike the reference the blinks are, in whatever direction: the mean of their absolute values (asinh).

    An alert recording is its own reference, so this alone tells it from the others; what is learned has to beat it.
    """
    there = sequences.rows[:, :, 3].astype(np.float64)
    size = np.arcsinh(np.abs(sequences.rows[:, :, :3].astype(np.float64))).mean(axis=2)
    return BlinkAnswers(None, (size * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1.0))
