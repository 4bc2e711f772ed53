"""The figures of a network that tells a class frame by frame: macro-F1 and accuracy, and how sure they are.

Frames of one video say little more than one of them does: intervals are over people, or videos where nobody knows them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.classification import Confusion, confusion, mean_recall
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import Figure, Figures, Sources, Weights, clustered, share
from model_compression.evaluation.frames.answers import FrameAnswers

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FrameScores:
    """Of all labelled frames."""

    n: int
    videos: int
    people: int | None  # None: not known
    figures: Figures
    confusion: Confusion
    most_frequent: str  # class; always saying it gives:
    guessing_accuracy: float
    guessing_macro_f1: float


def scores_of(answers: FrameAnswers) -> FrameScores:
    """`macro_f1`, `accuracy`, `uar`, and of each class that occurs `f1_<class>` and `recall_<class>`."""
    sources, of = sources_of(answers.persons.tolist(), answers.videos.tolist())
    counts = np.bincount(answers.truth, minlength=len(answers.classes))
    most = int(counts.argmax())
    always = np.full_like(answers.truth, most)
    guessed = macro_f1(answers.truth, always, len(answers.classes))
    assert guessed is not None  # frames are never none
    return FrameScores(
        n=len(answers),
        videos=len(np.unique(answers.videos)),
        people=len(np.unique(answers.persons)) if all(answers.persons) else None,
        figures=_figures(answers, np.asarray(sources), of),
        confusion=confusion(answers.truth, answers.said, answers.classes),
        most_frequent=answers.classes[most],
        guessing_accuracy=float(counts[most] / counts.sum()),
        guessing_macro_f1=guessed,
    )


def macro_f1(
    truth: Numbers, said: Numbers, classes: int, weights: Weights | None = None
) -> float | None:
    """Unweighted mean of the F1 of each class that is true or said; None where there is nothing."""
    each = class_f1(truth, said, classes, weights)
    return None if np.isnan(each).all() else float(np.nanmean(each))


def class_f1(
    truth: Numbers, said: Numbers, classes: int, weights: Weights | None = None
) -> NDArray[np.float64]:
    """(classes,); NaN of a class that is neither true nor said."""
    weight = np.ones(len(truth)) if weights is None else weights
    hits = np.bincount(truth, weight * (truth == said), classes)
    both = np.bincount(truth, weight, classes) + np.bincount(said, weight, classes)
    return np.asarray(np.where(both > 0, 2 * hits / np.where(both > 0, both, 1.0), np.nan))


def _figures(answers: FrameAnswers, source: NDArray[np.str_], of: Sources) -> Figures:
    truth, said, count = answers.truth, answers.said, len(answers.classes)
    present = np.unique(truth)
    names, index = np.unique(source, return_inverse=True)
    # Frames alike in source, truth and answer are drawn together: a thousand draws of millions would take hours.
    alike, times = np.unique((index * count + truth) * count + said, return_counts=True)
    true, told = alike // count % count, alike % count
    clusters = names[alike // count**2].tolist()

    def drawn(metric: Callable[[Weights], float | None]) -> Figure:
        figure = clustered(lambda weights: metric(weights * times), clusters, of)
        return replace(figure, n=len(truth))

    def f1_of(*numbers: int) -> Figure:
        """A draw without one of the classes would be the mean of others."""
        wanted = list(numbers)
        return drawn(lambda weights: _mean(class_f1(true, told, count, weights)[wanted]))

    figures: Figures = {
        "macro_f1": f1_of(*np.union1d(truth, said).tolist()),
        "accuracy": share(said == truth, source.tolist(), of),
        "uar": drawn(lambda weights: mean_recall(true, told, present, weights)),
    }
    for number in present.tolist():
        name, own = answers.classes[number], truth == number
        figures[f"f1_{name}"] = f1_of(number)
        figures[f"recall_{name}"] = share(said[own] == number, source[own].tolist(), of)
    return figures


def _mean(values: NDArray[np.float64]) -> float | None:
    return None if np.isnan(values).any() else float(values.mean())
