"""What is measured of paper 4: students on pictures, heads on their features, and what needs no training at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from model_compression.data.clips.classes import CLASSES, EXPRESSION, EXPRESSION_8
from model_compression.downstream.agreement import PairedSums, agreement_figures
from model_compression.downstream.table_figures import (
    affect_figures_of,
    compound_figures_of,
    mimicry_figures_of,
    zero_shot_figures,
)
from model_compression.evaluation.clips.figures import figure_over_seeds
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import Figure, Figures, Weights, clustered, not_applicable
from model_compression.reproduce.jobs import Measuring
from model_compression.reproduce.paper4.plan import (
    AFFECT,
    BY,
    COMPOUND,
    MIMICRY,
    SEED,
    STREAM,
    STUDENT,
    WAY,
    ZERO_SHOT,
)
from model_compression.reproduce.picture_answers import PictureAnswers, ask_about_pictures
from model_compression.training.device import DeviceChoice
from model_compression.training.pictures.source import VALUES


def measure(measuring: Measuring, folders: Sequence[Path], *, device: DeviceChoice) -> Figures:
    """`Measure`. device: where students answer; heads are so small that they answer on the CPU."""
    on, settings = measuring.on.folder, measuring.settings_by_key()
    if measuring.how == AFFECT:
        return affect_figures_of(folders[0], on, settings[WAY])
    if measuring.how == ZERO_SHOT:
        return zero_shot_figures(on, settings[STREAM])
    if measuring.how == COMPOUND:
        return _compound(measuring)
    if measuring.how == MIMICRY:
        return mimicry_figures_of(folders, on)
    answers = ask_about_pictures(folders[0], on, measuring.on.test_split, device=device)
    return {**_class_figures(answers), **_value_figures(answers)}


def _class_figures(answers: PictureAnswers) -> Figures:
    """Accuracy over eight classes, and over seven without the logit of the eighth."""
    return {
        f"accuracy_{count}": figure_over_seeds([answers.among(CLASSES[label])], "accuracy")
        for count, label in ((8, EXPRESSION_8), (7, EXPRESSION))
    }


def _value_figures(answers: PictureAnswers) -> Figures:
    """Of pictures where a value is known."""
    if answers.said_values is None:
        return {}
    figures: Figures = {}
    for column, name in enumerate(VALUES):
        rows = np.flatnonzero(np.isfinite(answers.values[:, column]))
        if not len(rows):
            continue
        said, true = (each[rows, column] for each in (answers.said_values, answers.values))
        persons, videos = (
            [whose[row] for row in rows] for whose in (answers.persons, answers.videos)
        )
        pairs = zip(said[:, None, None], true[:, None, None], strict=True)
        ccc, sums = f"ccc_{name}", PairedSums.of(list(pairs))
        agreed = agreement_figures(
            sums, "concordance", (ccc,), "mean", persons=persons, videos=videos
        )
        figures[ccc] = agreed[ccc]
        figures[f"rmse_{name}"] = _rmse((said - true) ** 2, persons, videos)
    return figures


def _rmse(squares: np.ndarray, persons: Sequence[str], videos: Sequence[str]) -> Figure:
    def rmse(weights: Weights) -> float | None:
        total = weights.sum()
        return float(np.sqrt((weights * squares).sum() / total)) if total > 0 else None

    return clustered(rmse, *sources_of(persons, videos))


def _compound(measuring: Measuring) -> Figures:
    settings = measuring.settings_by_key()
    figures = dict(_compounds(measuring.on.folder, settings[STUDENT], settings[SEED]))
    if BY in settings:
        figures = {"macro_f1": figures.get("macro_f1_clustered_audio", _UNLABELLED)}
    figures.setdefault("macro_f1", _UNLABELLED)
    return figures


_UNLABELLED = not_applicable(
    "no frame of this set is labelled: its labels are the organisers' alone"
)


@lru_cache(maxsize=32)
def _compounds(folder: Path, student: str, seed: int) -> Figures:
    """Of one set in two tables, and of two rows of one of them; clusters take minutes."""
    return compound_figures_of(folder, student, seed=seed)
