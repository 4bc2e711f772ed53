"""Figures of compound expressions: class balance against a printed one, agreement between models, F1 where known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from edge_app.errors import UserError
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.downstream.compound import COMPOUNDS, PRINTED_FRAMES, VideoCompounds
from model_compression.downstream.divergence import crossed, divergence, kappa
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import (
    Figure,
    Figures,
    Floats,
    Weights,
    clustered,
    not_applicable,
)

_K = len(COMPOUNDS)


def balance(videos: Sequence[VideoCompounds]) -> Floats:
    """(V, 7) frames of each video that were said to be of each compound."""
    return np.array(
        [np.bincount(one.labels[one.labels != NO_CLASS], minlength=_K) for one in videos],
        dtype=np.float64,
    )


def balance_figures(videos: Sequence[VideoCompounds]) -> Figures:
    """`kl`, from the printed frequencies to what was said, and `share_<compound>`."""
    counts = balance(videos)
    n = int(counts.sum())
    if not n:
        why = not_applicable("no frame of these videos has a face")
        return {"kl": why, **{f"share_{name}": why for name in COMPOUNDS}}
    printed = np.array(PRINTED_FRAMES, dtype=np.float64)

    def kl(weights: Weights) -> float | None:
        drawn = weights @ counts
        return divergence(printed, drawn) if drawn.any() else None

    def share(column: int) -> Figure:
        def of_class(weights: Weights) -> float | None:
            drawn = weights @ counts
            return float(drawn[column] / drawn.sum()) if drawn.any() else None

        return _over(videos, of_class, n)

    never = [name for name, said in zip(COMPOUNDS, counts.sum(axis=0), strict=True) if not said]
    whole = (
        replace(not_applicable(f"infinite: {', '.join(never)} is never said"), n=n)
        if never
        else _over(videos, kl, n)
    )
    return {"kl": whole, **{f"share_{name}": share(i) for i, name in enumerate(COMPOUNDS)}}


def kappa_figure(first: Sequence[VideoCompounds], second: Sequence[VideoCompounds]) -> Figure:
    """Cohen's kappa over the frames of which both say something. Raises `UserError` for other videos."""
    names = [[(one.video, len(one.labels)) for one in videos] for videos in (first, second)]
    if names[0] != names[1]:
        raise UserError(
            "models are compared on the same frames, and these feature sets have other videos or frames; read the same"
            " videos with all of them."
        )
    tables = []
    for one, other in zip(first, second, strict=True):
        both = (one.labels != NO_CLASS) & (other.labels != NO_CLASS)
        tables.append(crossed(one.labels[both], other.labels[both], _K))
    each = np.array(tables)  # (V, 7, 7)

    def agreed(weights: Weights) -> float | None:
        return kappa(np.einsum("v,vij->ij", weights, each))

    return _over(first, agreed, int(each.sum()))


def label_figures(videos: Sequence[VideoCompounds]) -> Figures:
    """`macro_f1` and `accuracy` of frames with a label; empty where none has one.

    F1 is over the compounds that are true or said. A frame of which nothing is said counts as wrong.
    """
    tables = []
    for one in videos:
        known = one.truth != NO_CLASS
        said = np.where(one.labels == NO_CLASS, _K, one.labels)[known]
        table = np.zeros((_K, _K + 1))
        np.add.at(table, (one.truth[known], said), 1)
        tables.append(table)
    each = np.array(tables)  # (V, 7, 8), the last column: nothing was said
    n = int(each.sum())
    if not n:
        return {}
    occur = each.sum(axis=(0, 2)) + each.sum(axis=(0, 1))[:_K] > 0

    def macro_f1(weights: Weights) -> float | None:
        table = np.einsum("v,vij->ij", weights, each)
        both = (table.sum(axis=1) + table.sum(axis=0)[:_K])[occur]
        if (both == 0).any():
            return None
        return float((2 * np.diagonal(table)[occur] / both).mean())

    def accuracy(weights: Weights) -> float | None:
        table = np.einsum("v,vij->ij", weights, each)
        return float(np.trace(table) / table.sum()) if table.any() else None

    return {"macro_f1": _over(videos, macro_f1, n), "accuracy": _over(videos, accuracy, n)}


def _over(
    videos: Sequence[VideoCompounds], metric: Callable[[Weights], float | None], n: int
) -> Figure:
    sources, of = sources_of([one.person for one in videos], [one.video for one in videos])
    return replace(clustered(metric, sources, of), n=n)
