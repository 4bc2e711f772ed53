"""What answers to blink sequences are worth: how they rank, class, and vote by recording, with intervals over people.

Low vigilance against drowsy leads: an alert recording is its own reference, and is told from the others by that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model_compression.blinks.answers import LEVELS, BlinkAnswers
from model_compression.blinks.sequences import BlinkSequences
from model_compression.evaluation.classification import mean_recall
from model_compression.evaluation.figure import Figure, Figures, Weights, clustered, not_applicable
from model_compression.evaluation.ranking import auc

Metric = Callable[[BlinkSequences, BlinkAnswers, Weights], float | None]

_ALERT, _LOW, _DROWSY = range(3)
_CLASSES = np.arange(3)


def figures_of(sequences: BlinkSequences, answers: BlinkAnswers) -> Figures:
    """Of all sequences together, whichever fold they are from."""
    return {
        name: _figure(metric, sequences, answers, counted=name) for name, metric in METRICS.items()
    }


def mean_over_folds(metric: Metric) -> Metric:
    """The mean of what `metric` says of each fold; None where it cannot say of one."""

    def of_folds(
        sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights
    ) -> float | None:
        told = []
        for fold in np.unique(sequences.folds):
            own = sequences.folds == fold
            value = metric(sequences.taken(own), taken(answers, own), weights[own])
            if value is None:
                return None
            told.append(value)
        return float(np.mean(told))

    return of_folds


def taken(answers: BlinkAnswers, where: NDArray[np.bool_]) -> BlinkAnswers:
    chances = None if answers.chances is None else answers.chances[where]
    return BlinkAnswers(chances, answers.level[where])


def concerned(name: str, sequences: BlinkSequences) -> NDArray[np.bool_]:
    """(N,): the sequences that the figure of this name is of."""
    return np.isin(sequences.classes, _PAIRS.get(name, (_ALERT, _LOW, _DROWSY)))


def observations(name: str, sequences: BlinkSequences) -> int:
    """How many sequences, or recordings, it is of."""
    own = concerned(name, sequences)
    if name.startswith("recording"):
        return len(np.unique(sequences.recordings[own]))
    return int(own.sum())


def _figure(
    metric: Metric, sequences: BlinkSequences, answers: BlinkAnswers, *, counted: str
) -> Figure:
    if answers.chances is None and counted not in _PAIRS:
        return not_applicable("ranks only, and says no class")
    people = [str(person) for person in sequences.people]
    figure = clustered(lambda weights: metric(sequences, answers, weights), people)
    return replace(figure, n=observations(counted, sequences))


def _auc(lower: int, higher: int) -> Metric:
    """Low vigilance and drowsy are ranked by the level; who is alert, by the chance of that."""

    def of_pair(sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights) -> float | None:
        own = np.isin(sequences.classes, (lower, higher))
        scores = answers.level
        if lower == _ALERT and answers.chances is not None:
            scores = 1.0 - answers.chances[:, _ALERT]
        return auc(scores[own], sequences.classes[own] == higher, weights[own])

    return of_pair


def _uar(sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights) -> float | None:
    assert answers.chances is not None
    said = answers.chances.argmax(axis=1)
    return mean_recall(sequences.classes, said, _CLASSES, weights)


def _level_error(
    sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights
) -> float | None:
    total = float(weights.sum())
    error = np.abs(answers.level - LEVELS[sequences.classes])
    return float((weights * error).sum() / total) if total else None


def _votes(
    sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights
) -> tuple[NDArray[np.int64], NDArray[np.int64], Weights]:
    """True class, class said and weight of each recording: its sequences' mean chances decide."""
    assert answers.chances is not None
    _, first, index = np.unique(sequences.recordings, return_index=True, return_inverse=True)
    sums = np.stack([np.bincount(index, chances) for chances in answers.chances.T], axis=1)
    return sequences.classes[first], sums.argmax(axis=1), weights[first]


def _recording_uar(
    sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights
) -> float | None:
    truth, said, weight = _votes(sequences, answers, weights)
    return mean_recall(truth, said, _CLASSES, weight)


def _recording_accuracy(
    sequences: BlinkSequences, answers: BlinkAnswers, weights: Weights
) -> float | None:
    truth, said, weight = _votes(sequences, answers, weights)
    total = float(weight.sum())
    return float((weight * (truth == said)).sum() / total) if total else None


_PAIRS = {
    "auc_5_10": (_LOW, _DROWSY),
    "auc_0_10": (_ALERT, _DROWSY),
    "auc_0_5": (_ALERT, _LOW),
}
METRICS: Mapping[str, Metric] = {
    **{name: _auc(*pair) for name, pair in _PAIRS.items()},
    "uar": _uar,
    "level_error": _level_error,
    "recording_accuracy": _recording_accuracy,
    "recording_uar": _recording_uar,
}
