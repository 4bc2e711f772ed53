"""The head learns from made people, and is asked about others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

pytest.importorskip("torch")

from edge_app.errors import UserError
from model_compression.blinks.answers import BlinkAnswers
from model_compression.blinks.figures import METRICS
from model_compression.blinks.folds import answers_of, head_left_out
from model_compression.blinks.lessons import Lessons
from model_compression.blinks.sequences import BlinkSequences, sha256_of
from model_compression.blinks.settings import BlinkTraining
from model_compression.blinks.sharpness import best_sharpness
from model_compression.blinks.training import train_head
from model_compression.commands.evaluate_blinks import evaluate_blinks
from model_compression.commands.train_blinks import blinks as train_blinks
from model_compression.training.network_file import read_network
from tests.model_compression.blinks.made_sequences import made_folds, write_fold

SMALL = BlinkTraining(members=1, steps=100, sequences_per_class=12)


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> BlinkSequences:
    return made_folds(tmp_path_factory.mktemp("folds"))


def run(command: Any, *words: str) -> None:
    app = typer.Typer(add_completion=False)
    app.command()(command)
    typer.main.get_command(app)(args=list(words), standalone_mode=False)


def test_head_ranks_and_classes_people_it_never_saw(sequences: BlinkSequences) -> None:
    answers = head_left_out(sequences, SMALL)
    once = np.ones(len(sequences))
    values = {name: metric(sequences, answers, once) for name, metric in METRICS.items()}
    assert values["auc_5_10"] is not None and values["auc_5_10"] > 0.9
    assert values["uar"] is not None and values["uar"] > 0.6


def test_same_seed_learns_the_same_and_another_does_not(sequences: BlinkSequences) -> None:
    short = SMALL.model_copy(update={"steps": 3})
    first, again = (answers_of(train_head(sequences, short), sequences) for _ in range(2))
    np.testing.assert_array_equal(first.level, again.level)
    other = train_head(sequences, short.model_copy(update={"seed": 1}))
    assert not np.array_equal(answers_of(other, sequences).level, first.level)


def test_lesson_holds_every_class_alike_and_never_an_empty_sequence(
    sequences: BlinkSequences,
) -> None:
    settings = SMALL.model_copy(update={"blinks_dropped": 0.99})
    lesson = Lessons(sequences, settings).draw(np.random.default_rng(0))
    assert lesson.blinks.shape == (2, 36, 30, 4)
    assert lesson.classes[0].tolist() == [0, 1, 2] * 12
    there = lesson.blinks[..., 3].sum(dim=2)
    assert (there >= 1).all() and there.mean() < 25
    assert not lesson.blinks[..., :3][lesson.blinks[..., 3] == 0].any()


def test_long_recordings_are_drawn_more_often_by_the_power_that_is_set(
    sequences: BlinkSequences,
) -> None:
    def shortest_share(power: float) -> float:
        settings = SMALL.model_copy(
            update={"recording_power": power, "sequences_per_class": 2000, "blinks_dropped": 0.0}
        )
        drawn = Lessons(sequences, settings).draw(np.random.default_rng(0)).blinks
        short = (drawn[..., 3].sum(dim=2) <= 10).float()  # the one padded alert recording a fold
        return float(short[:, ::3].mean())

    assert shortest_share(0.0) > 1.5 * shortest_share(1.0)


def test_a_set_without_a_class_is_nothing_to_learn_from(
    sequences: BlinkSequences,
) -> None:
    with pytest.raises(ValueError, match="needs alert, low-vigilance"):
        Lessons(sequences.taken(sequences.classes != 1), SMALL)


def test_an_overconfident_head_is_told_to_be_less_sure(sequences: BlinkSequences) -> None:
    random = np.random.default_rng(0)
    said = np.where(random.random(len(sequences)) < 0.5, sequences.classes, 0)
    sure = np.full((len(sequences), 3), 0.001)
    sure[np.arange(len(sequences)), said] = 0.998
    assert best_sharpness(sequences, BlinkAnswers.from_chances(sure)) < 0.5


def test_training_writes_a_student_of_its_part_that_says_what_it_learned_from(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    files = [write_fold(folder / f"fold{n}.npz", seed=n) for n in (1, 2)]
    words = ("--data", str(folder), "--out", str(tmp_path / "run"), "--steps", "5")
    run(train_blinks, *words)
    file = read_network(tmp_path / "run")
    assert file.part == "blinks"
    assert file.told["data"] == {each.name: sha256_of(each) for each in files}
    assert set(file.metrics) == set(METRICS)
    assert float(file.network().sharpness[0]) == pytest.approx(file.told["sharpness"])
    with pytest.raises(UserError, match="already there"):
        run(train_blinks, *words)


def test_leaving_folds_out_tells_head_and_trees_with_intervals_over_people(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    folder, out = tmp_path / "set", tmp_path / "figures.json"
    folder.mkdir()
    for n in (1, 2):
        write_fold(folder / f"fold{n}.npz", seed=n, people=5, sequences=2)
    table = tmp_path / "table.md"
    words = ("--seeds", "2", "--steps", "5", "--json", str(out), "--markdown", str(table))
    run(evaluate_blinks, "--data", str(folder), *words)
    document = json.loads(out.read_text())
    assert document["people"] == 10 and set(document["data"]) == {"fold1.npz", "fold2.npz"}
    head = document["asked"]["head"]
    assert len(head["by_seed"]["auc_5_10"]) == 2
    interval = head["mean_over_folds"]["intervals"]["auc_5_10"]
    assert interval["people"] == 10 and interval["low"] <= interval["high"]
    assert set(head["folds"]) == {"1", "2"}
    gain = document["gain_over_trees"]["figures"]["uar"]
    trees = document["asked"]["trees"]["mean_over_folds"]["figures"]["uar"]
    assert gain == pytest.approx(np.mean(head["by_seed"]["uar"]) - trees, abs=1e-4)
    assert document["asked"]["unlikeness alone"]["pooled"]["figures"]["uar"] is None
    assert "| **AUC 5 vs 10** |" in table.read_text()


@pytest.mark.parametrize("command", [train_blinks, evaluate_blinks])
def test_folder_without_folds_is_one_sentence(command: Any, tmp_path: Path) -> None:
    words = ["--data", str(tmp_path)]
    if command is train_blinks:
        words += ["--out", str(tmp_path / "run")]
    with pytest.raises(UserError, match="no npz of blink sequences") as caught:
        run(command, *words)
    assert "\n" not in str(caught.value)


def test_one_fold_alone_cannot_be_left_out(tmp_path: Path) -> None:
    write_fold(tmp_path / "fold1.npz", seed=1)
    with pytest.raises(UserError, match="two folds"):
        run(evaluate_blinks, "--data", str(tmp_path))
