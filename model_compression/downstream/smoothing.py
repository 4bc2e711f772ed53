"""Answers of single frames over time: frames without a face filled in, then a box filter (paper 4, sec. 2.2).

Non-causal, as the paper smooths: frame i is the mean of i - h to i + h, cut at the ends. In a vehicle nobody knows the
future: the causal filter is the half of the same window that has been seen, i - h to i.

Frames without a face, on which the paper says nothing: on the line between the faces before and after, as in its public
code; at the ends the nearest. The causal variant holds the last answer, and says 0 before the first face.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats


def filled(said: NDArray[np.floating], present: NDArray[np.bool_]) -> Floats:
    """(T, K), of which the rows where `present` (T,) count, at least one of them. A new array."""
    frames = np.flatnonzero(present)
    at = np.arange(len(said))
    columns = [np.interp(at, frames, said[frames, column]) for column in range(said.shape[1])]
    return np.stack(columns, axis=1)


def held(said: NDArray[np.floating], present: NDArray[np.bool_]) -> Floats:
    """Like `filled`, from the past alone."""
    frames = np.flatnonzero(present)
    last = np.searchsorted(frames, np.arange(len(said)), side="right") - 1
    known = last >= 0
    out = np.zeros(said.shape, np.float64)
    out[known] = said[frames[last[known]]]
    return out


def box(values: Floats, half_width: int) -> Floats:
    """(T, K): the mean of the frames at most `half_width` away. 0 changes nothing."""
    return _mean(values, before=half_width, after=half_width)


def causal_box(values: Floats, half_width: int) -> Floats:
    """(T, K): the mean of this frame and of `half_width` frames before it."""
    return _mean(values, before=half_width, after=0)


def _mean(values: Floats, *, before: int, after: int) -> Floats:
    count = len(values)
    at = np.arange(count)
    first, end = np.maximum(at - before, 0), np.minimum(at + after + 1, count)
    if not before and not after:
        return values.astype(np.float64)
    zero = np.zeros((1, values.shape[1]))
    summed = np.concatenate([zero, np.cumsum(values, axis=0, dtype=np.float64)])
    return np.asarray((summed[end] - summed[first]) / (end - first)[:, None])
