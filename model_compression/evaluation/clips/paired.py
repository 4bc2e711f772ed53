"""Two networks on the same clips: how much better one is, with an interval over the people both were asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model_compression.evaluation.classification import mean_recall
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import Figure, Weights, clustered


def uar_gain(ours: Sequence[ClipAnswers], theirs: Sequence[ClipAnswers]) -> Figure:
    """Mean over the seeds of our UAR minus theirs; the same people are drawn for both, so what is hard for all cancels.

    ours, theirs: answers to the same clips in the same order, one for each seed; else `ValueError`.
    """
    first = ours[0]
    for other in (*ours, *theirs):
        if not np.array_equal(other.truth, first.truth) or other.videos != first.videos:
            raise ValueError("the answers are not of the same clips")
    wanted = np.unique(first.truth)

    def gain(weights: Weights) -> float | None:
        mine = [mean_recall(one.truth, one.said, wanted, weights) for one in ours]
        other = [mean_recall(one.truth, one.said, wanted, weights) for one in theirs]
        told = [value for value in (*mine, *other) if value is not None]
        if len(told) < len(mine) + len(other):
            return None
        return float(np.mean(told[: len(mine)]) - np.mean(told[len(mine) :]))

    clusters, of = sources_of(first.persons, first.videos)
    return clustered(gain, clusters, of)
