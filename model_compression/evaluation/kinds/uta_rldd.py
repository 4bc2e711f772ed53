"""`uta_rldd`: sequences of 30 blinks with a person's own alertness, read by the bundle's head on blinks.

Beside each ranking stands that of unlikeness alone, since an alert recording is its own reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge_app.blink_head.head import BlinkHead
from edge_app.bundle.open import open_bundle
from edge_app.face.settings import MEDIAPIPE
from model_compression.blinks.answers import BlinkAnswers, unlikeness
from model_compression.blinks.figures import METRICS, figures_of, taken
from model_compression.blinks.sequences import (
    BlinkSequences,
    fold_files,
    read_folds,
    sha256_of,
)
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.classification import confusion
from model_compression.evaluation.contestant import BUNDLE, Contestant
from model_compression.evaluation.figure import Figures, not_applicable
from model_compression.evaluation.measured import ByContestant, Measured

_NO_HEAD = "has no head on blinks"
_CLASSES = ("alert", "low_vigilance", "drowsy")
_UNLIKENESS = "_unlikeness"


def measure(path: Path, bench: Bench) -> Measured:
    files = fold_files(path)
    sequences = read_folds(files)
    answers = {
        contestant.role: _asked(contestant.perception.blink_head, sequences, bench, path.name)
        for contestant in bench.contestants
        if contestant.perception.blink_head is not None
    }
    figures = {
        role: _figures(sequences, answers[role]) if role in answers else _none()
        for role in bench.roles
    }
    groups: dict[str, dict[str, ByContestant]] = {}
    if len(files) > 1 and answers:
        groups["subset"] = {
            file.stem: {
                role: _figures_of_fold(sequences, answers.get(role), fold) for role in bench.roles
            }
            for fold, file in enumerate(files)
        }
    confusions = {
        role: confusion(sequences.classes, said.chances.argmax(axis=1), _CLASSES)
        for role, said in answers.items()
        if said.chances is not None
    }
    return Measured(
        len(sequences),
        int(sequences.people.max()) + 1,
        figures,
        groups,
        confusions,
        notes=_notes(files, bench),
    )


def _asked(head: BlinkHead, sequences: BlinkSequences, bench: Bench, what: str) -> BlinkAnswers:
    chances = np.zeros((len(sequences), len(_CLASSES)))
    level = np.zeros(len(sequences))
    for index, rows in enumerate(bench.track(sequences.rows, len(sequences), what)):
        there = rows[rows[:, 3] > 0, :3]
        said = head.step([(float(a), float(d), float(v)) for a, d, v in there])
        chances[index] = said.alert, said.low_vigilance, said.drowsy
        level[index] = said.level
    return BlinkAnswers(chances, level)


def _figures(sequences: BlinkSequences, answers: BlinkAnswers) -> Figures:
    beside = figures_of(sequences, unlikeness(sequences))
    told: Figures = {}
    for name, figure in figures_of(sequences, answers).items():
        told[name] = figure
        if name.startswith("auc"):
            told[name + _UNLIKENESS] = beside[name]
    return told


def _figures_of_fold(sequences: BlinkSequences, answers: BlinkAnswers | None, fold: int) -> Figures:
    own = sequences.folds == fold
    return _none() if answers is None else _figures(sequences.taken(own), taken(answers, own))


def _none() -> Figures:
    return {name: not_applicable(_NO_HEAD) for name in METRICS}


def _notes(files: Sequence[Path], bench: Bench) -> tuple[str, ...]:
    notes = [
        "auc_5_10: by the level, auc_0_…: by the probability of alert; a new person begins where the label falls",
        "unlikeness: the mean absolute value of the same features alone; an alert recording is its own reference",
    ]
    for contestant in bench.contestants:
        learned = _learned_from(contestant)
        known = [file.name for file in files if sha256_of(file) in learned]
        if known:
            notes.append(
                f"{contestant.perception.name} was trained on {', '.join(known)}: its figures there are no test"
            )
        elif contestant.role == BUNDLE and contestant.perception.blink_head is not None:
            notes.append(f"{contestant.perception.name} was trained on none of these files")
    return tuple(notes)


def _learned_from(contestant: Contestant) -> set[str]:
    """SHA-256 of the data that the bundle's head on blinks learned from."""
    if contestant.role != BUNDLE or contestant.settings.model == MEDIAPIPE:
        return set()
    training = open_bundle(contestant.settings.model, require=()).manifest.training
    return {data.sha256 for data in training.data if "blinks" in data.parts}
