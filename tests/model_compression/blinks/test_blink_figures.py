"""Figures of answers whose worth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model_compression.blinks.answers import LEVELS, BlinkAnswers, unlikeness
from model_compression.blinks.figures import METRICS, figures_of, mean_over_folds, taken
from model_compression.blinks.sequences import BlinkSequences
from tests.model_compression.blinks.made_sequences import made_folds


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> BlinkSequences:
    return made_folds(tmp_path_factory.mktemp("folds"))


def right(sequences: BlinkSequences) -> BlinkAnswers:
    return BlinkAnswers.from_chances(np.eye(3)[sequences.classes])


def test_right_answers_are_worth_everything(sequences: BlinkSequences) -> None:
    figures = figures_of(sequences, right(sequences))
    assert {name: figure.value for name, figure in figures.items()} == {
        "auc_5_10": 1.0,
        "auc_0_10": 1.0,
        "auc_0_5": 1.0,
        "uar": 1.0,
        "level_error": 0.0,
        "recording_accuracy": 1.0,
        "recording_uar": 1.0,
    }
    assert figures["uar"].people == 18 and figures["uar"].n == len(sequences)
    assert figures["auc_5_10"].n == int((sequences.classes > 0).sum())
    assert figures["recording_uar"].n == 54


def test_low_vigilance_is_ranked_by_the_level_and_alert_by_its_chance(
    sequences: BlinkSequences,
) -> None:
    level = -LEVELS[sequences.classes]  # the wrong way round
    answers = BlinkAnswers(np.eye(3)[sequences.classes], level)
    figures = figures_of(sequences, answers)
    assert figures["auc_5_10"].value == 0.0
    assert figures["auc_0_10"].value == 1.0 and figures["auc_0_5"].value == 1.0


def test_a_recording_votes_down_its_odd_sequences(sequences: BlinkSequences) -> None:
    chances = np.eye(3)[sequences.classes] * 0.8 + 0.1
    for number in np.unique(sequences.recordings):
        own = np.flatnonzero(sequences.recordings == number)
        if len(own) > 2:
            chances[own[0]] = np.roll(chances[own[0]], 1)
    figures = figures_of(sequences, BlinkAnswers.from_chances(chances))
    assert figures["recording_accuracy"].value == 1.0
    uar = figures["uar"].value
    assert uar is not None and uar < 1.0


def test_intervals_are_over_people_and_not_over_sequences(sequences: BlinkSequences) -> None:
    random = np.random.default_rng(0)
    each = random.normal(0.0, 1.0, int(sequences.people.max()) + 1)
    answers = BlinkAnswers(None, each[sequences.people])  # says who it is, and no more
    clustered = figures_of(sequences, answers)["auc_5_10"]
    single = BlinkSequences(
        sequences.rows,
        sequences.frequency,
        sequences.classes,
        np.arange(len(sequences)),
        sequences.recordings,
        sequences.folds,
    )
    alone = figures_of(single, answers)["auc_5_10"]
    assert alone.value == clustered.value
    assert clustered.people == 18 and alone.people == len(sequences)


def test_who_only_ranks_says_no_class(sequences: BlinkSequences) -> None:
    figures = figures_of(sequences, unlikeness(sequences))
    assert figures["uar"].value is None and "ranks only" in figures["uar"].interval
    drowsy = figures["auc_0_10"].value
    assert drowsy is not None and drowsy > 0.8  # unlike the reference: enough against alert


def test_unlikeness_does_not_ask_for_the_direction(sequences: BlinkSequences) -> None:
    mirrored = BlinkSequences(
        sequences.rows * np.array([-1, -1, -1, 1], dtype=np.float32),
        sequences.frequency,
        sequences.classes,
        sequences.people,
        sequences.recordings,
        sequences.folds,
    )
    np.testing.assert_allclose(unlikeness(mirrored).level, unlikeness(sequences).level)


def test_mean_over_folds_weighs_folds_alike(sequences: BlinkSequences) -> None:
    chances = np.eye(3)[sequences.classes]
    wrong = sequences.folds == 0
    chances[wrong] = np.roll(chances[wrong], 1, axis=1)
    answers, once = BlinkAnswers.from_chances(chances), np.ones(len(sequences))
    assert mean_over_folds(METRICS["uar"])(sequences, answers, once) == pytest.approx(2 / 3)
    own = sequences.folds == 0
    assert METRICS["uar"](sequences.taken(own), taken(answers, own), once[own]) == 0.0


def test_fold_without_a_class_has_no_mean(tmp_path: Path, sequences: BlinkSequences) -> None:
    left = sequences.taken((sequences.folds > 0) | (sequences.classes != 2))
    value = mean_over_folds(METRICS["auc_5_10"])(left, right(left), np.ones(len(left)))
    assert value is None
