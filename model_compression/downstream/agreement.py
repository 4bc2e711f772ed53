"""Lin's concordance and Pearson's correlation of many observations, with intervals over people or videos.

Sums are kept for each video, so that a draw of videos costs as little as there are videos, not frames. Moments are
those of the N numbers themselves (divided by N), as in the losses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import (
    Figure,
    Figures,
    Floats,
    Weights,
    clustered,
    not_applicable,
)

Agreement = Literal["concordance", "pearson"]
_LEAST_VARIANCE = 1e-12  # below it a column is constant, but for rounding


@dataclass(frozen=True, slots=True, eq=False)
class PairedSums:
    """Of V videos and K columns: how many pairs, and the sums of what was said x and what is true y."""

    count: Floats  # (V,)
    moments: Floats  # (5, V, K): x, y, xx, yy, xy

    @staticmethod
    def of(pairs: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]]) -> PairedSums:
        """pairs: of each video what was said and what is true, (n, K) each."""
        summed = []
        for said, true in pairs:
            x, y = said.astype(np.float64), true.astype(np.float64)
            summed.append(np.stack([each.sum(axis=0) for each in (x, y, x * x, y * y, x * y)]))
        count = np.array([len(said) for said, _ in pairs], dtype=np.float64)
        return PairedSums(count, np.stack(summed, axis=1))

    @staticmethod
    def none(columns: int) -> PairedSums:
        """Of no video."""
        return PairedSums(np.zeros(0), np.zeros((5, 0, columns)))

    def agree(self, how: Agreement, weights: Weights | None = None) -> Floats:
        """(K,) weights: (V,) how often each video counts. NaN of a column in which nothing varies.

        A truth that varies is not followed at all by what never does: its concordance is 0, its correlation undefined.
        """
        weight = np.ones(len(self.count)) if weights is None else weights
        n = float(weight @ self.count)
        if n < 2:
            return np.full(self.moments.shape[2], np.nan)
        x, y, xx, yy, xy = np.einsum("v,mvk->mk", weight, self.moments) / n
        of_said, of_true = xx - x * x, yy - y * y
        covariance = xy - x * y
        varies = of_true >= _LEAST_VARIANCE
        if how == "concordance":
            spread = of_said + of_true + (x - y) ** 2
            return np.asarray(
                np.where(varies, 2 * covariance / np.where(varies, spread, 1.0), np.nan)
            )
        varies &= of_said >= _LEAST_VARIANCE
        spread = np.sqrt(np.where(varies, of_said * of_true, 1.0))
        return np.asarray(np.where(varies, covariance / spread, np.nan))


def agreement_figures(
    sums: PairedSums,
    how: Agreement,
    columns: Sequence[str],
    mean: str,
    *,
    persons: Sequence[str],
    videos: Sequence[str],
) -> Figures:
    """One for each column, and their mean under the name `mean`. persons, videos: (V,) of the sums."""
    n = int(sums.count.sum())
    if not n:
        return {name: not_applicable("nothing has both an answer and a truth") for name in columns}
    sources, of = sources_of(persons, videos)

    def figure(column: int | None) -> Figure:
        return replace(clustered(_of(sums, how, column), sources, of), n=n)

    figures = {name: figure(column) for column, name in enumerate(columns)}
    return figures | {mean: figure(None)}


def _of(sums: PairedSums, how: Agreement, column: int | None) -> Callable[[Weights], float | None]:
    def metric(weights: Weights) -> float | None:
        agreed = sums.agree(how, weights)
        value = float(agreed.mean() if column is None else agreed[column])
        return None if np.isnan(value) else value

    return metric
