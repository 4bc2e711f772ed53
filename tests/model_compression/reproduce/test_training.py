"""Runs of a grid trained for real, small, on drawn clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from edge_app.errors import UserError  # noqa: E402
from model_compression.data.clips.store import ClipStore  # noqa: E402
from model_compression.reproduce.data_sets import prepared_set  # noqa: E402
from model_compression.reproduce.run_task import (  # noqa: E402
    DROWSY_OR_NOT,
    FROM_008,
    THREE_LEVELS,
    RunTask,
)
from model_compression.reproduce.runs import Recipe, Run  # noqa: E402
from model_compression.reproduce.speed import teacher_cost  # noqa: E402
from model_compression.reproduce.teacher_choice import PLAIN, WHOLE, TeacherChoice  # noqa: E402
from model_compression.reproduce.training import config_of, embed_run, train_run  # noqa: E402
from tests.model_compression.clips.conftest import TINY  # noqa: E402
from tests.model_compression.clips.drawn_clips import drawn_set  # noqa: E402


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


def test_finished_training_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 2, "val": 1, "test": 1})
    run = run_on(clips, DROWSY_OR_NOT, TeacherChoice("resnet3d-18"))
    first = train_run(run, tmp_path / "out", device="cpu")

    def trained(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("model_compression.reproduce.training.train", trained)
    assert np.array_equal(train_run(run, tmp_path / "out", device="cpu").logits, first.logits)
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
    whole = replace(run, recipe=Recipe("xception3d-paper", 2930))
    (stage,) = config_of(whole).train.stages
    assert (stage.steps, stage.decay_every_steps) == (2930, 1026)


def test_clips_of_other_channels_cannot_be_scored(tmp_path: Path) -> None:
    grey = drawn_set(tmp_path / "grey", people={"train": 2, "val": 1})
    colour = drawn_set(tmp_path / "colour", people={"test": 1}, channels=3)
    other = prepared_set("simulated", colour, ClipStore.open(colour), simulated=True)
    run = replace(run_on(grey, DROWSY_OR_NOT), test=other)
    with pytest.raises(UserError, match="have 3 channels and those of"):
        train_run(run, tmp_path / "out", device="cpu")


def test_cost_is_of_the_network_that_the_table_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_compression.reproduce.speed._SIDE_PX", 32)
    monkeypatch.setattr("model_compression.reproduce.speed._FRAMES", 4)
    cost = teacher_cost(replace(PLAIN, middle_blocks=3), device="cpu")
    assert cost.parameters == 13_008_311
    assert cost.inference_ms is not None
    assert 0 < cost.inference_ms[0] <= cost.inference_ms[1]
    assert "4 frames of 32 px" in cost.how
