"""The last blinks as the head takes them: amplitude, duration and velocity in personal units, oldest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_BLINKS = 30
COLUMNS = 4  # amplitude, duration, velocity, and 1 where there is a blink

BlinkRow = tuple[float, float, float]


def blinks_input(rows: Sequence[BlinkRow]) -> NDArray[np.float32]:
    """The last 30 of `rows` -> (1, 30, 4), padded in front. Raises `ValueError` where there is none, or no numbers."""
    last = rows[-MOST_BLINKS:]
    given = np.asarray(last, dtype=np.float32)
    if given.shape != (len(last), COLUMNS - 1) or not len(last) or not np.isfinite(given).all():
        raise ValueError(
            "the head takes at least one blink, each of three finite numbers: amplitude, duration, velocity"
        )
    blinks = np.zeros((1, MOST_BLINKS, COLUMNS), dtype=np.float32)
    blinks[0, -len(last) :, :-1] = given
    blinks[0, -len(last) :, -1] = 1.0
    return blinks
