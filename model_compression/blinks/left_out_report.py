"""Leave one fold out: the head beside trees and beside unlikeness alone, as figures and as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model_compression.blinks.answers import BlinkAnswers, unlikeness
from model_compression.blinks.figures import (
    METRICS,
    Metric,
    figures_of,
    mean_over_folds,
    observations,
    taken,
)
from model_compression.blinks.sequences import BlinkSequences
from model_compression.evaluation.figure import Figure, Figures, Weights, clustered, not_applicable
from model_compression.evaluation.report import Json, figures_as_json
from model_compression.evaluation.table import row

FORMAT = 1
HEAD = "head"
TREES = "trees"
TREES_ABSOLUTE = "trees, absolute values"
TREES_FREQUENCY = "trees, with frequency"
UNLIKENESS = "unlikeness alone"

Advance = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """Everybody's answers to the same sequences; of the head one for each seed."""

    sequences: BlinkSequences
    answers: Mapping[str, Sequence[BlinkAnswers]]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.answers, UNLIKENESS)

    def of(self, name: str) -> Sequence[BlinkAnswers]:
        return (unlikeness(self.sequences),) if name == UNLIKENESS else self.answers[name]


def document(asked: Asked, advance: Advance, told: Mapping[str, object]) -> Json:
    """advance: called once for everybody. told: date, machine, data and settings."""
    by_name: Json = {}
    for name in asked.names:
        by_name[name] = _of_one(asked, name)
        advance()
    return {
        "format": FORMAT,
        **told,
        "n": len(asked.sequences),
        "people": int(asked.sequences.people.max()) + 1,
        "recordings": int(asked.sequences.recordings.max()) + 1,
        "asked": by_name,
        "gain_over_trees": figures_as_json(_gains(asked)),
    }


def _of_one(asked: Asked, name: str) -> Json:
    sequences, answers = asked.sequences, asked.of(name)
    means = {
        figure: _over_seeds(sequences, answers, mean_over_folds(metric), figure)
        for figure, metric in METRICS.items()
    }
    folds = {}
    for fold in np.unique(sequences.folds):
        own = sequences.folds == fold
        figures = figures_of(sequences.taken(own), taken(answers[0], own))
        folds[str(int(fold) + 1)] = figures_as_json(figures)
    return {
        "mean_over_folds": figures_as_json(means),
        "pooled": figures_as_json(figures_of(sequences, answers[0])),
        "folds": folds,
        "by_seed": {
            figure: [
                _rounded(_value(sequences, each, mean_over_folds(metric), figure))
                for each in answers
            ]
            for figure, metric in METRICS.items()
        },
    }


def _gains(asked: Asked) -> Figures:
    """The head's means over folds less those of the trees; of an error the trees' less the head's."""
    trees = asked.of(TREES)[0]
    gains = {}
    for name, metric in METRICS.items():
        of_folds = mean_over_folds(metric)
        sign = -1.0 if name.endswith("error") else 1.0

        def gain(weights: Weights, of_folds: Metric = of_folds, sign: float = sign) -> float | None:
            ours = [of_folds(asked.sequences, each, weights) for each in asked.of(HEAD)]
            theirs = of_folds(asked.sequences, trees, weights)
            known = [value for value in ours if value is not None]
            if theirs is None or len(known) < len(ours):
                return None
            return sign * (float(np.mean(known)) - theirs)

        gains[name] = _clustered(asked.sequences, gain, name)
    return gains


def _over_seeds(
    sequences: BlinkSequences, answers: Sequence[BlinkAnswers], metric: Metric, name: str
) -> Figure:
    if answers[0].chances is None and not name.startswith("auc"):
        return not_applicable("ranks only, and says no class")

    def mean(weights: Weights) -> float | None:
        told = [metric(sequences, each, weights) for each in answers]
        known = [value for value in told if value is not None]
        return float(np.mean(known)) if len(known) == len(told) else None

    return _clustered(sequences, mean, name)


def _clustered(
    sequences: BlinkSequences, metric: Callable[[Weights], float | None], name: str
) -> Figure:
    figure = clustered(metric, [str(person) for person in sequences.people])
    return replace(figure, n=observations(name, sequences))


def _value(
    sequences: BlinkSequences, answers: BlinkAnswers, metric: Metric, name: str
) -> float | None:
    if answers.chances is None and not name.startswith("auc"):
        return None
    return metric(sequences, answers, np.ones(len(sequences)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


_TOLD = {
    "auc_5_10": "**AUC 5 vs 10**",
    "auc_0_10": "AUC 0 vs 10",
    "auc_0_5": "AUC 0 vs 5",
    "uar": "UAR of three classes",
    "level_error": "level, mean error of 0..10",
    "recording_accuracy": "vote of a recording, right",
    "recording_uar": "vote of a recording, UAR",
}


def markdown(document: Json) -> str:
    """Means over folds with intervals over people; then each fold, and all folds pooled."""
    names = list(document["asked"])
    header = ["figure", "n", *names, "head less trees"]
    lines = [row(header), row(["---"] * len(header))]
    gains = document["gain_over_trees"]
    for figure, words in _TOLD.items():
        parts = [document["asked"][name]["mean_over_folds"] for name in names]
        cells = [_cell(part, figure) for part in parts]
        n = parts[0]["intervals"][figure]["n"]
        lines.append(row([words, str(n), *cells, _cell(gains, figure, signed=True)]))
    folds = list(document["asked"][HEAD]["folds"])
    header = ["figure", "of", *(f"fold {fold}" for fold in folds), "pooled", "seeds"]
    lines += ["", row(header), row(["---"] * len(header))]
    for figure, words in _TOLD.items():
        for name in (HEAD, TREES):
            entry = document["asked"][name]
            each = [_plain(entry["folds"][fold], figure) for fold in folds]
            seeds = [value for value in entry["by_seed"][figure] if value is not None]
            spread = f"{min(seeds):.3f}–{max(seeds):.3f}" if len(seeds) > 1 else "–"
            lines.append(row([words, name, *each, _cell(entry["pooled"], figure), spread]))
    lines += [
        "",
        f"{document['date'][:10]}, {document['machine']['cpu']}, commit {document['machine']['commit']};"
        f" {document['n']} sequences, {document['recordings']} recordings, {document['people']} people. In brackets:"
        " 95 % interval, whole people drawn with replacement. Folds and pooled: of the head its first seed.",
    ]
    return "\n".join(lines) + "\n"


def _cell(part: Json, figure: str, *, signed: bool = False) -> str:
    value, interval = part["figures"][figure], part["intervals"][figure]
    if value is None:
        return "–"
    form = "+.3f" if signed else ".3f"
    if interval["low"] is None:
        return f"{value:{form}}"
    return f"{value:{form}} ({interval['low']:{form}} to {interval['high']:{form}})"


def _plain(part: Json, figure: str) -> str:
    value = part["figures"][figure]
    return "–" if value is None else f"{value:.3f}"
