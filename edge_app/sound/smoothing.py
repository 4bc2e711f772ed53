"""Smooth over time what a network says frame by frame (paper 2, sec. 3.6); it looks ahead, a vehicle cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Filter = Literal["median", "mode", "none"]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """kernel: frames, odd. Beyond the ends of a video it is mirrored.

    The paper has a median filter "to the frame-level predictions"; the median of class numbers means nothing, so that
    `median` filters the probability of each class. `mode` takes the class that most frames of the kernel have, and a
    frame's own where several are as frequent.
    """

    filter: Filter = "median"
    kernel: int = 11

    def __post_init__(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"a kernel of {self.kernel} frames has no middle")

    def of(self, probabilities: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """(T, C) of a whole video -> (T, C), rows of sum 1, and the class told of each frame (T,)."""
        if self.filter == "mode":
            return probabilities, self._most_frequent(probabilities.argmax(axis=1), probabilities)
        if self.filter == "median":
            filtered = np.median(self._around(probabilities), axis=-1)
            total = filtered.sum(axis=1, keepdims=True)
            # Where every class is unlikely most of the time nothing is left to tell by.
            probabilities = np.where(
                total > 0, filtered / np.where(total > 0, total, 1.0), probabilities
            )
        return probabilities, np.asarray(probabilities.argmax(axis=1), dtype=np.int64)

    def _most_frequent(self, said: NDArray[np.int64], probabilities: Floats) -> NDArray[np.int64]:
        own = np.eye(probabilities.shape[1])[said]  # (T, C)
        votes = self._around(own).sum(axis=-1)
        return np.asarray((votes + own / 2).argmax(axis=1), dtype=np.int64)

    def _around(self, rows: Floats) -> Floats:
        """(T, C) -> (T, C, kernel)."""
        side = self.kernel // 2
        mirrored = np.pad(rows, ((side, side), (0, 0)), mode="symmetric")
        return np.lib.stride_tricks.sliding_window_view(mirrored, self.kernel, axis=0)


def softmax(logits: Floats) -> Floats:
    """(T, C) -> (T, C), rows of sum 1."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
