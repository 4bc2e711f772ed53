"""One descriptor of a whole video from the rows of a stream: STAT = mean, standard deviation, minimum, maximum.

Paper 4, sec. 2.4; component by component, concatenated in that order, so that 10 scores give 40 numbers.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model_compression.data.features.frame_features import FrameFeatures

Statistics = Literal["stat", "mean"]
PARTS: dict[Statistics, int] = {"stat": 4, "mean": 1}  # how many numbers of each component


def described(rows: NDArray[np.floating], statistics: Statistics) -> NDArray[np.float32]:
    """(n, d), n > 0 -> (4 d,), or (d,) of the mean alone. The deviation is that of the rows (divided by n)."""
    wide = rows.astype(np.float64)
    mean = wide.mean(axis=0)
    if statistics == "mean":
        return np.asarray(mean, np.float32)
    parts = (mean, wide.std(axis=0), wide.min(axis=0), wide.max(axis=0))
    return np.concatenate(parts).astype(np.float32)


def rows_of(video: FrameFeatures, stream: str, face_every: int = 1) -> NDArray[np.float32]:
    """(n, d), n may be 0: of faces the main one of every `face_every`-th frame that has one, of sound all.

    The public code of paper 4 takes every fifth face picture; the paper does not say so.
    """
    if stream in video.faces:
        dense, present = video.of_main_face(stream)
        return dense[present][::face_every]
    return video.sound[stream][video.sound_present]
