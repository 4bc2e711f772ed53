"""The data of a reliability diagram: how often answers of about the same confidence were right, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.probability.clustered_share import effective_count, exact_interval
from calibration.probability.softmax import Floats


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers of about the same confidence."""

    number: int  # of the bin, from 0
    count: int
    people: int
    least: float  # confidence in it
    most: float
    confidence: float  # mean
    accuracy: float
    low: float  # 95 % interval of the accuracy, over people
    high: float


def reliability(
    confidence: Floats,
    right: NDArray[np.bool_],
    bins: NDArray[np.int64],
    people: Sequence[str],
) -> tuple[ReliabilityBin, ...]:
    """Of the bins that hold answers, by rising number. All arguments: (N,); see `scores` for bins."""
    whose = np.asarray(people)
    told = []
    for number in np.unique(bins):
        rows = np.flatnonzero(bins == number)
        own, hits, names = confidence[rows], right[rows], whose[rows].tolist()
        accuracy = float(hits.mean())
        low, high = exact_interval(accuracy, effective_count(hits, names))
        told.append(
            ReliabilityBin(
                int(number),
                len(rows),
                len(set(names)),
                float(own.min()),
                float(own.max()),
                float(own.mean()),
                accuracy,
                low,
                high,
            )
        )
    return tuple(told)
