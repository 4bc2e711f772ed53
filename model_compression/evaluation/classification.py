"""Classes said against classes true: accuracy, mean recall, each class's recall, and who is taken for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import (
    PEOPLE,
    Figure,
    Figures,
    Sources,
    Weights,
    clustered,
    share,
)


@dataclass(frozen=True, slots=True)
class Confusion:
    """`counts[i, j]`: observations of class i of which class j was said; the last column: nothing was said."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]  # (C, C + 1)

    def as_json(self) -> dict[str, dict[str, int]]:
        columns = (*self.classes, "none")
        return {
            name: {column: int(n) for column, n in zip(columns, row, strict=True)}
            for name, row in zip(self.classes, self.counts, strict=True)
        }


def confusion(
    truth: NDArray[np.int64], said: NDArray[np.int64], classes: Sequence[str]
) -> Confusion:
    """truth: (N,); said: (N,) with -1 where nothing was said."""
    count = len(classes)
    columns = np.where(said < 0, count, said)
    counts = np.zeros((count, count + 1), dtype=np.int64)
    np.add.at(counts, (truth, columns), 1)
    return Confusion(tuple(classes), counts)


def mean_recall(
    truth: NDArray[np.int64],
    said: NDArray[np.int64],
    wanted: NDArray[np.int64],
    weights: Weights | None = None,
) -> float | None:
    """Unweighted mean over the `wanted` classes of the share said right (UAR). None where one does not occur."""
    weight = np.ones(len(truth)) if weights is None else weights
    length = int(wanted.max()) + 1
    totals = np.bincount(truth, weight, length)[wanted]
    if (totals == 0).any():
        return None
    return float((np.bincount(truth, weight * (truth == said), length)[wanted] / totals).mean())


def class_figures(
    truth: NDArray[np.int64],
    said: NDArray[np.int64],
    classes: Sequence[str],
    clusters: Sequence[str],
    of: Sources = PEOPLE,
) -> Figures:
    """`accuracy`, `uar` (mean recall over the classes present), and `recall_<class>`."""
    right = truth == said
    present = np.unique(truth)
    source = np.asarray(clusters)
    figures: dict[str, Figure] = {
        "accuracy": share(right, clusters, of),
        "uar": clustered(lambda weights: mean_recall(truth, said, present, weights), clusters, of),
    }
    for index in present:
        own = truth == index
        figures[f"recall_{classes[index]}"] = share(right[own], source[own].tolist(), of)
    return figures
