"""Overlapping windows over the frames of a video: where they begin, and the mean of what is said of a frame in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Windows:
    """`length` frames, every `stride` frames; the last one ends with the video (paper 2, sec. 3.6).

    A video shorter than a window has one, which is filled up behind it.
    """

    length: int = 64
    stride: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.stride <= self.length:
            raise ValueError(f"windows of {self.length} every {self.stride} frames miss some")

    def starts(self, frames: int) -> NDArray[np.int64]:
        last = max(0, frames - self.length)
        starts = np.arange(0, last + 1, self.stride, dtype=np.int64)
        return starts if starts[-1] == last else np.append(starts, last)

    def cut(self, array: NDArray[Any], start: int, *, behind: float = 0) -> NDArray[Any]:
        """(T, ...) -> (length, ...), filled up with `behind` where the video ends."""
        own = array[start : start + self.length]
        if len(own) == self.length:
            return own
        filled = np.full((self.length, *array.shape[1:]), behind, array.dtype)
        filled[: len(own)] = own
        return filled

    def averaged(
        self,
        said: NDArray[np.floating[Any]],
        starts: Sequence[int] | NDArray[np.int64],
        frames: int,
    ) -> NDArray[np.float64]:
        """said: (N, length, C), in the windows that begin at `starts` -> (frames, C), the mean at each frame."""
        total = np.zeros((max(frames, self.length), said.shape[2]))
        count = np.zeros(len(total))
        for start, one in zip(starts, said, strict=True):
            total[start : start + self.length] += one
            count[start : start + self.length] += 1
        return np.asarray((total[:frames].T / count[:frames]).T)
