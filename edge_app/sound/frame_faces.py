"""What the face said in each frame of a recording, kept until its end: 1 KB a frame, and no picture."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray


class FrameFaces:
    """Frames in order of time, those without a face too."""

    def __init__(self) -> None:
        self._times_s = array("d")
        self._embeddings: list[NDArray[np.float32] | None] = []

    def add(self, t_s: float, embedding: NDArray[np.float32] | None) -> None:
        """embedding: (d,) of the driver's face; None where no face was seen."""
        self._times_s.append(t_s)
        self._embeddings.append(embedding)

    def __len__(self) -> int:
        return len(self._embeddings)

    def times_s(self) -> NDArray[np.float64]:
        """(T,)."""
        return np.array(self._times_s)

    def embeddings(self, size: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(T, size) with zeros, and (T,) where a face was seen. What is no number counts as no face."""
        dense = np.zeros((len(self), size), np.float32)
        present = np.zeros(len(self), np.bool_)
        for frame, embedding in enumerate(self._embeddings):
            if embedding is not None and np.isfinite(embedding).all():
                dense[frame], present[frame] = embedding, True
        return dense, present
