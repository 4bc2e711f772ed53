"""Classes said against classes true: accuracy, mean recall, each class's recall, and who is taken for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Figure, Figures, Weights, clustered, share


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


def class_figures(
    truth: NDArray[np.int64],
    said: NDArray[np.int64],
    classes: Sequence[str],
    clusters: Sequence[str],
    *,
    people: int | None = None,
    of: str = "people",
) -> Figures:
    """`accuracy`, `uar` (mean recall over the classes present), and `recall_<class>`."""
    right = truth == said
    present = np.unique(truth)

    def uar(weights: Weights) -> float | None:
        totals = np.bincount(truth, weights, len(classes))[present]
        if (totals == 0).any():
            return None
        return float((np.bincount(truth, weights * right, len(classes))[present] / totals).mean())

    figures: dict[str, Figure] = {
        "accuracy": share(right, people),
        "uar": clustered(uar, clusters, people=people, of=of),
    }
    for index in present:
        figures[f"recall_{classes[index]}"] = share(right[truth == index])
    return figures
