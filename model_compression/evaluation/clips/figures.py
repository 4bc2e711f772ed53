"""The figures of a clip network: how often right, how evenly, how sure, and how much people differ.

WAR, as papers on expressions call it, is `accuracy`; UAR is the mean recall of the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from model_compression.evaluation.classification import (
    Confusion,
    class_figures,
    confusion,
    mean_recall,
)
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.calibration_error import (
    calibration_error,
    equal_mass_bins,
    equal_width_bins,
)
from model_compression.evaluation.clips.pooling import pooled
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import (
    Figure,
    Figures,
    Floats,
    Weights,
    clustered,
    not_applicable,
    share,
)
from model_compression.evaluation.ranking import auc

Weighted = Callable[[Weights], float | None]  # how often each clip counts (N,) -> the figure
_QUANTILES = {"worst": 0.0, "q10": 0.1, "q25": 0.25, "median": 0.5, "q75": 0.75, "q90": 0.9}


def figures_of(answers: ClipAnswers) -> Figures:
    """`accuracy`, `uar`, `recall_<class>`, `macro_f1`, `f1` (of two classes), `auroc`, `ece`, `ece_adaptive`, and
    `person_accuracy_<quantile>`. Intervals are over people, or over videos where people are unknown."""
    sources, of = sources_of(answers.persons, answers.videos)
    figures = class_figures(answers.truth, answers.said, answers.classes, sources, of)
    for name, metric in METRICS.items():
        if name not in figures and (answers.binary or name != "f1"):
            figures[name] = clustered(metric(answers), sources, of)
    return figures | person_spread(answers)


def figure_over_seeds(seeds: Sequence[ClipAnswers], name: str) -> Figure:
    """The mean of a figure of `METRICS` over networks that differ by their seed, and its interval over people."""
    together = pooled(seeds)
    sources, of = sources_of(together.persons, together.videos)
    if len(seeds) == 1 and name == "accuracy":
        # Unlike the bootstrap, Wilson's interval of a share of 1 has a length.
        return share(together.said == together.truth, sources, of)
    each = [METRICS[name](answers) for answers in seeds]
    ends = np.cumsum([len(answers) for answers in seeds])[:-1]

    def mean(weights: Weights) -> float | None:
        values = [metric(own) for metric, own in zip(each, np.split(weights, ends), strict=True)]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if len(known) == len(values) else None

    return replace(clustered(mean, sources, of), n=len(seeds[0]))


def figures_over_seeds(seeds: Sequence[ClipAnswers]) -> Figures:
    """Those of `figures_of`, each the mean over networks that differ by their seed and were asked the same."""
    first = seeds[0]
    figures = {
        name: figure_over_seeds(seeds, name) for name in METRICS if first.binary or name != "f1"
    }
    for number in np.unique(first.truth):
        own = [_of_class(answers, number) for answers in seeds]
        figures[f"recall_{first.classes[number]}"] = figure_over_seeds(own, "accuracy")
    for name, figure in person_spread(pooled(seeds)).items():
        figures[name] = replace(figure, n=figure.n // len(seeds))
    return figures


def figures_of_folds(folds: Sequence[ClipAnswers]) -> Figures:
    """Those of all folds' clips together, and beside them `accuracy_mean_of_folds` and `uar_mean_of_folds`."""
    figures = figures_of(pooled(folds))
    for name in ("accuracy", "uar"):
        figures[f"{name}_mean_of_folds"] = mean_of_folds(folds, name)
    return figures


def mean_of_folds(folds: Sequence[ClipAnswers], name: str) -> Figure:
    """The mean of a figure of `METRICS` over folds, as some papers print it; a fold counts alike whatever its size."""
    values = [METRICS[name](fold)(np.ones(len(fold))) for fold in folds]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return not_applicable(f"{len(values) - len(known)} of {len(values)} folds lack a class")
    spread = f"none: mean of {len(folds)} folds, {min(known):.4f} to {max(known):.4f}"
    return Figure(float(np.mean(known)), sum(map(len, folds)), interval=spread)


def person_spread(answers: ClipAnswers) -> Figures:
    """Quantiles over people of how often the network is right about one of them."""
    if not all(answers.persons):
        why = not_applicable("nobody says who is on the clips")
        return {f"person_accuracy_{name}": why for name in _QUANTILES}
    people, index = np.unique(np.array(answers.persons), return_inverse=True)
    own: Floats = np.bincount(index, answers.said == answers.truth) / np.bincount(index)
    how = f"none: a quantile over {len(people)} people"
    return {
        f"person_accuracy_{name}": Figure(
            float(np.quantile(own, quantile)), len(answers), len(people), len(people), interval=how
        )
        for name, quantile in _QUANTILES.items()
    }


def confusion_of(answers: ClipAnswers) -> Confusion:
    return confusion(answers.truth, answers.said, answers.classes)


def _of_class(answers: ClipAnswers, number: int) -> ClipAnswers:
    """Only the clips that are truly of a class."""
    rows = np.flatnonzero(answers.truth == number)
    return ClipAnswers(
        answers.logits[rows],
        answers.truth[rows],
        tuple(answers.persons[row] for row in rows),
        tuple(answers.videos[row] for row in rows),
        answers.classes,
    )


def _accuracy(answers: ClipAnswers) -> Weighted:
    right = answers.said == answers.truth
    return lambda weights: float((weights * right).sum() / weights.sum())


def _uar(answers: ClipAnswers) -> Weighted:
    truth, said = answers.truth, answers.said
    present = np.unique(truth)
    return lambda weights: mean_recall(truth, said, present, weights)


def _f1_of(answers: ClipAnswers, wanted: Sequence[int]) -> Weighted:
    """The mean F1 of the `wanted` classes. None where one is neither true nor said."""
    truth, said, length = answers.truth, answers.said, len(answers.classes)

    def f1(weights: Weights) -> float | None:
        hits = np.bincount(truth, weights * (truth == said), length)
        both = np.bincount(truth, weights, length) + np.bincount(said, weights, length)
        if (both[wanted] == 0).any():
            return None
        return float((2 * hits[wanted] / both[wanted]).mean())

    return f1


def _f1(answers: ClipAnswers) -> Weighted:
    """Of the second of two classes; of more, `macro_f1`."""
    return _f1_of(answers, [1]) if answers.binary else _macro_f1(answers)


def _macro_f1(answers: ClipAnswers) -> Weighted:
    """Over the classes that are true or said; one that is said and never true counts as 0."""
    return _f1_of(answers, np.union1d(answers.truth, answers.said).tolist())


def _auroc(answers: ClipAnswers) -> Weighted:
    """Of the second of two classes; of more, the mean over the classes present of each against all others."""
    scores, truth = answers.probabilities, answers.truth
    wanted = [1] if answers.binary else np.unique(truth).tolist()

    def auroc(weights: Weights) -> float | None:
        areas = [auc(scores[:, one], truth == one, weights) for one in wanted]
        known = [area for area in areas if area is not None]
        return float(np.mean(known)) if len(known) == len(areas) else None

    return auroc


def _ece(answers: ClipAnswers) -> Weighted:
    confidence, right = answers.probabilities.max(axis=1), answers.said == answers.truth
    bins = equal_width_bins(confidence)
    return lambda weights: calibration_error(confidence, right, bins, weights)


def _ece_adaptive(answers: ClipAnswers) -> Weighted:
    confidence, right = answers.probabilities.max(axis=1), answers.said == answers.truth
    bins = equal_mass_bins(confidence)
    return lambda weights: calibration_error(confidence, right, bins, weights)


METRICS: Mapping[str, Callable[[ClipAnswers], Weighted]] = {
    "accuracy": _accuracy,
    "uar": _uar,
    "macro_f1": _macro_f1,
    "f1": _f1,
    "auroc": _auroc,
    "ece": _ece,
    "ece_adaptive": _ece_adaptive,
}
"""What can be told of answers; `f1` of more than two classes is `macro_f1`, as tables print one column for both."""
