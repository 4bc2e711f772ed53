"""Runs of a grid trained for real, small, on drawn clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.reproduce.paper1.data_sets import prepared_set
from model_compression.reproduce.paper1.run_task import (
    DROWSY_OR_NOT,
    FROM_008,
    THREE_LEVELS,
    RunTask,
)
from model_compression.reproduce.paper1.runs import Recipe, Run
from model_compression.reproduce.paper1.speed import teacher_cost
from model_compression.reproduce.paper1.teacher_choice import PLAIN, WHOLE, TeacherChoice
from model_compression.reproduce.paper1.training import config_of, embed_run, train_run
from model_compression.training.clips.labels import Question
from model_compression.training.clips.source import open_sources
from model_compression.training.tasks.clips import ClipOptions
from tests.model_compression.clips.conftest import TINY
from tests.model_compression.clips.drawn_clips import drawn_set


def run_on(
    clips: Path, task: RunTask, teacher: TeacherChoice = WHOLE, steps: int | None = 3
) -> Run:
    found = prepared_set("simulated", clips, ClipStore.open(clips), simulated=True)
    small = tuple(one for one in TINY if not one.startswith("network.options.middle_blocks"))
    if teacher.name != "xception3d":
        small = tuple(one for one in small if not one.startswith("network.options"))
        small = (*small, 'network.options={"width": 0.06}')
    recipe = Recipe("xception3d-small", steps, small)
    return Run(replace(teacher, middle_blocks=1), task, found, found, task, 0, 1, recipe)


def test_run_answers_for_the_test_split_alone(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 2, "val": 1, "test": 2})
    run = run_on(clips, DROWSY_OR_NOT)
    answers = train_run(run, tmp_path / "out", device="cpu")
    tested = [row for row in ClipStore.open(clips).rows if row.split == "test"]
    assert answers.videos == tuple(row.video for row in tested)
    assert answers.truth.tolist() == [row.labels["drowsiness"] for row in tested]
    assert answers.logits.shape == (len(tested), 1), "binary cross-entropy, as the paper has it"


def test_finished_training_is_not_made_again(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 2, "val": 1, "test": 1})
    run = run_on(clips, DROWSY_OR_NOT, TeacherChoice("resnet3d-18"))
    first = train_run(run, tmp_path / "out", device="cpu")
    weights = (tmp_path / "out" / "teacher.pt").read_bytes()
    assert np.array_equal(train_run(run, tmp_path / "out", device="cpu").logits, first.logits)
    assert (tmp_path / "out" / "teacher.pt").read_bytes() == weights
    embeddings = embed_run(run, tmp_path / "out", device="cpu")
    assert embeddings.vectors.shape == (len(first), 31)


@pytest.mark.parametrize(
    ("task", "classes", "positive_from", "objective"),
    [
        (DROWSY_OR_NOT, 1, None, "sigmoid"),
        (FROM_008, 1, "strong", "sigmoid"),
        (THREE_LEVELS, 3, None, "softmax"),
    ],
)
def test_configuration_asks_what_the_run_asks(
    task: RunTask, classes: int, positive_from: str | None, objective: str, tmp_path: Path
) -> None:
    clips = drawn_set(tmp_path / "clips", task=task.of)
    options = config_of(run_on(clips, task)).train.task.options
    assert task.outputs == classes
    assert (options["label"], options["positive_from"]) == (task.of, positive_from)
    assert options["objective"] == objective


def test_switches_of_the_table_reach_the_network(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips")
    for teacher in (PLAIN, WHOLE):
        options = config_of(run_on(clips, DROWSY_OR_NOT, teacher)).train.network.options
        for name in ("elca", "egca", "adversarial", "alignment"):
            assert options[name] == getattr(teacher, name)


def test_steps_are_shared_among_the_stages_as_configured(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips")
    run = replace(run_on(clips, DROWSY_OR_NOT), recipe=Recipe("xception3d", 120))
    assert [stage.steps for stage in config_of(run).train.stages] == [80, 40]
    assert [stage.warmup_steps for stage in config_of(run).train.stages] == [5, 1]
    whole = replace(run, recipe=Recipe("xception3d-paper", 2630))
    (stage,) = config_of(whole).train.stages
    assert (stage.steps, stage.decay_every_steps) == (2630, 920)


def test_clips_of_other_channels_cannot_be_scored(tmp_path: Path) -> None:
    grey = drawn_set(tmp_path / "grey", people={"train": 2, "val": 1})
    colour = drawn_set(tmp_path / "colour", people={"test": 1}, channels=3)
    other = prepared_set("simulated", colour, ClipStore.open(colour), simulated=True)
    run = replace(run_on(grey, DROWSY_OR_NOT), test=other)
    with pytest.raises(
        UserError, match="have 3 channels and those that the network learned from 1"
    ):
        train_run(run, tmp_path / "out", device="cpu")


def test_auxiliary_head_is_no_part_of_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_compression.reproduce.paper1.speed._SIDE_PX", 32)
    monkeypatch.setattr("model_compression.reproduce.paper1.speed._FRAMES", 4)
    whole = teacher_cost(replace(WHOLE, middle_blocks=3), device="cpu")
    assert whole.parameters == 13_008_311 + 5 + 2 * 7 + 1  # ELCA's kernel, EGCA's two, gamma


def test_cost_is_of_the_network_that_the_table_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_compression.reproduce.paper1.speed._SIDE_PX", 32)
    monkeypatch.setattr("model_compression.reproduce.paper1.speed._FRAMES", 4)
    cost = teacher_cost(replace(PLAIN, middle_blocks=3), device="cpu")
    assert cost.parameters == 13_008_311
    assert cost.inference_ms is not None
    assert 0 < cost.inference_ms[0] <= cost.inference_ms[1]
    assert "4 frames of 32 px" in cost.how


def test_finished_training_of_other_steps_is_not_taken_for_this_one(tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 2, "val": 1, "test": 1})
    train_run(run_on(clips, DROWSY_OR_NOT), tmp_path / "out", device="cpu")
    with pytest.raises(UserError, match="holds a run with another stages"):
        train_run(run_on(clips, DROWSY_OR_NOT, steps=4), tmp_path / "out", device="cpu")


@pytest.mark.parametrize(
    ("people", "folds"),
    [({"train": 6, "val": 2, "test": 2}, 0), ({"train": 6, "val": 2}, 0), ({"": 10}, 5)],
    ids=["train, val, test", "train, val", "folds"],
)
def test_no_clip_that_is_scored_is_learned_from_or_chosen_by(
    people: dict[str, int], folds: int, tmp_path: Path
) -> None:
    clips = drawn_set(tmp_path / "clips", people=people, folds=folds)
    run = replace(run_on(clips, DROWSY_OR_NOT), fold=2 if folds else 0)
    loaded = config_of(run)
    options = loaded.task_options.read(ClipOptions)
    (source,) = open_sources(
        loaded.train.data,
        Question("drowsiness"),
        fold=options.fold,
        held_out_share=options.held_out_share,
        choose_by=options.choose_by,
    )
    rows = ClipStore.open(clips).rows
    seen = {clip.row for clip in (*source.learned, *source.held_out)}
    scored = {number for number, row in enumerate(rows) if run.is_scored_on(row)}
    assert seen and scored
    assert not seen & scored
    assert not {rows[n].person for n in seen} & {rows[n].person for n in scored}
