"""How well a score separates two classes: the area under the ROC curve, ties counting one half."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_app.errors import UserError
from model_compression.evaluation.figure import PEOPLE, Figure, Floats, Sources, Weights, clustered


def auc(scores: Floats, positive: np.ndarray, weights: Weights | None = None) -> float | None:
    """The chance that a positive scores above a negative. None where one class is empty.

    scores: (N,); positive: (N,) bool; weights: (N,) how often each counts.
    """
    weight = np.ones(len(scores)) if weights is None else weights
    if not len(scores):
        return None
    levels, index = np.unique(scores, return_inverse=True)
    high = np.bincount(index, weight * positive, len(levels))
    low = np.bincount(index, weight * ~positive, len(levels))
    pairs = high.sum() * low.sum()
    if pairs == 0:
        return None
    below = np.cumsum(low) - low
    return float((high * (below + low / 2)).sum() / pairs)


def auc_figure(
    scores: Floats, positive: np.ndarray, clusters: Sequence[str], of: Sources = PEOPLE
) -> Figure:
    if not np.isfinite(scores).all():
        raise UserError("a score to be ranked is not a number; the perception gave NaN")
    return clustered(lambda weights: auc(scores, positive, weights), clusters, of)
