"""Open, partly closed or closed: the mean recall of the three states under two thresholds of closure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats, Weights

OPEN, PARTLY, CLOSED = range(3)
STATES = np.array([OPEN, PARTLY, CLOSED])
States = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Closure from which an eye counts as partly closed, and from which as closed."""

    partly: float
    closed: float


def best_thresholds(
    closure: Floats, state: States, weights: Weights | None = None
) -> Thresholds | None:
    """The two thresholds with the highest mean recall. None where a state is missing.

    closure: (N,), NaN where the eye was not read, which is wrong under any threshold. All pairs of thresholds
    between neighbouring values are compared.
    """
    weight = np.ones(len(closure)) if weights is None else weights
    totals = np.array([weight[state == s].sum() for s in (OPEN, PARTLY, CLOSED)])
    if (totals == 0).any():
        return None
    read = np.isfinite(closure)
    levels, index = np.unique(closure[read], return_inverse=True)
    if not len(levels):
        return None
    # below[s, i]: share of all eyes of state s whose closure is below cut i; cuts lie around and between levels.
    below = np.zeros((3, len(levels) + 1))
    for s in (OPEN, PARTLY, CLOSED):
        counts = np.bincount(index, weight[read] * (state[read] == s), len(levels))
        below[s, 1:] = np.cumsum(counts) / totals[s]
    first = below[OPEN] - below[PARTLY]  # what the lower cut decides
    second = below[PARTLY] + (below[CLOSED, -1] - below[CLOSED])  # what the upper cut decides
    best_first = np.maximum.accumulate(first)
    upper = int(np.argmax(best_first + second))
    lower = int(np.argmax(first[: upper + 1]))
    cuts = np.concatenate([[levels[0] - 1.0], (levels[1:] + levels[:-1]) / 2, [levels[-1] + 1.0]])
    return Thresholds(float(cuts[lower]), float(cuts[upper]))


def states_at(closure: Floats, thresholds: Thresholds) -> States:
    """(N,) state of each eye; -1 where it was not read."""
    state = np.where(closure >= thresholds.closed, CLOSED, PARTLY)
    state = np.where(closure < thresholds.partly, OPEN, state)
    return np.where(np.isfinite(closure), state, -1)


def states_left_out(closure: Floats, state: States, clusters: Sequence[str]) -> States | None:
    """(N,) state of each eye under the thresholds that are best for all the other clusters."""
    names = np.asarray(clusters)
    said = np.full(len(state), -1, dtype=np.int64)
    for name in np.unique(names):
        own = names == name
        best = best_thresholds(closure[~own], state[~own])
        if best is None:
            return None
        said[own] = states_at(closure[own], best)
    return said
