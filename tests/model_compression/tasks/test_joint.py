"""Clips and pictures learned jointly: whose turn it is, what is mixed, by what weights are chosen, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from edge_app.errors import UserError
from model_compression.commands.train import app
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.teacher import ClipTeacher
from model_compression.training.clips.answering import answers_to
from model_compression.training.clips.joint_samples import JointAugmentation
from model_compression.training.clips.past_options import past_options
from model_compression.training.config import Stage
from model_compression.training.load_config import load_config
from model_compression.training.network_file import read_network
from model_compression.training.tasks.joint import JointOptions, JointTask
from tests.model_compression.evaluation.clips.trained_runs import document
from tests.model_compression.tasks.unilearn import (
    clips_of,
    learn,
    opened,
    pictures_of,
    stop_at,
    weights_in,
)

OPTIONS: dict[str, Any] = {"label": "expression", "frames": 8, "measured_px": 32}
UNVARIED = (
    "augmentation={clips: {mirror: 0, rotation_deg: 0, shift: 0, smallest_scale: 1, largest_scale: 1, light: 0,"
    " erase: 0}, pictures: {mirror: 0, rotation_deg: 0, shift: 0, smallest_scale: 1, largest_scale: 1, light: 0,"
    " erase: 0}}"
)


def stage(batch: int = 4) -> Stage:
    return Stage(crop_px=32, steps=9, batch=batch, learning_rate=1e-3)


def of_pictures(sample: Any) -> bool:
    return bool(sample["clips"].shape[0] == 1)


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, Path]:
    return clips_of(tmp_path / "clips"), pictures_of(tmp_path / "pictures")


def test_a_few_clips_and_pictures_are_learned_by_heart(tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "clips", people={"train": 1, "val": 1}, clips_each=1)
    pictures = pictures_of(tmp_path / "pictures", each={"train": 1, "val": 1})
    out = tmp_path / "run"
    learn(
        "unilearn-small",
        (clips, pictures),
        out,
        UNVARIED,
        *("stages.0.steps=80", "stages.0.batch=7", "validate_every_steps=80"),
        *("task.options.mixup=0", "task.options.label_smoothing=0"),
    )
    file = read_network(out)
    seen = JointOptions.model_validate(file.config["task"]["options"]).seen()
    for folder in (clips, pictures):
        store = ClipStore.open(folder)
        rows = [int(n) for n in store.select("expression", "train")]
        said = answers_to(file.network(), store, rows, seen, torch.device("cpu"))["logits"]
        assert said.argmax(1).tolist() == [store.rows[row].labels["expression"] for row in rows]


def test_run_of_both_kinds_goes_on_as_if_never_stopped(
    sets: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = ("stages.0.steps=6", "network.options.drop_path=0.2", "task.options.cutmix=1")
    learn("unilearn-small", sets, tmp_path / "whole", *extra)
    with monkeypatch.context() as patch:
        stop_at(3, JointTask, patch)
        assert learn("unilearn-small", sets, tmp_path / "parts", *extra).steps == 3
    assert learn("unilearn-small", sets, tmp_path / "parts", *extra, resume=True).finished
    whole, parts = (weights_in(tmp_path / name) for name in ("whole", "parts"))
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_curves_are_of_each_kinds_own_steps(sets: tuple[Path, Path], tmp_path: Path) -> None:
    learn("unilearn-small", sets, tmp_path / "run", "stages.0.steps=5", "log_every_steps=5")
    (point,) = json.loads((tmp_path / "run" / "curves.json").read_text())["train"]
    losses = point["losses"]
    whole = (3 * losses["clips"] + 2 * losses["pictures"]) / 5 + 1e-3 * losses["balance"]
    assert losses["loss"] == pytest.approx(whole, rel=1e-5)


def test_each_batch_is_of_one_kind_and_half_of_the_batches_of_pictures(
    sets: tuple[Path, Path],
) -> None:
    task = opened("joint", *sets, **OPTIONS, picture_batches=0.5)
    samples = task.samples(stage(), 0, seed=0)
    kinds = [[of_pictures(samples[4 * batch + n]) for n in range(4)] for batch in range(6)]
    assert kinds == [[bool(batch % 2)] * 4 for batch in range(6)]


@pytest.mark.parametrize("share", [0.5, 0.25, 1.0])
def test_while_each_clip_is_seen_once_the_share_of_the_pictures_is(
    share: float, sets: tuple[Path, Path]
) -> None:
    task = opened("joint", *sets, **OPTIONS, picture_share=share)
    assert isinstance(task, JointTask)
    assert task.pictures is not None
    clips, pictures = (len(kind.sources[0].learned) for kind in (task.clips, task.pictures))
    samples = task.samples(stage(batch=7), 0, seed=0)
    first, second = (
        [samples.name(n) for n in range(begin, begin + clips + round(share * pictures))]  # type: ignore[attr-defined]
        for begin in (0, clips + round(share * pictures))
    )
    of_sets = [[name for name in first if name.startswith(str(folder))] for folder in sets]
    assert [len(names) for names in of_sets] == [clips, round(share * pictures)]
    assert len(set(first)) == len(first)
    assert len(set(second)) == len(second)
    assert first != second


def test_pictures_of_a_round_are_newly_drawn(sets: tuple[Path, Path]) -> None:
    task = opened("joint", *sets, **OPTIONS, picture_share=0.5, picture_batches=0.5)
    samples = task.samples(stage(), 0, seed=0)
    shown = [samples.name(4 * (2 * n + 1) + k) for n in range(7) for k in range(4)]  # type: ignore[attr-defined]
    assert len(set(shown[:14])) == 14
    assert set(shown[:14]) != set(shown[14:])


def test_without_a_share_no_picture_is_drawn_and_no_head_made(sets: tuple[Path, Path]) -> None:
    task = opened("joint", *sets, **OPTIONS, picture_share=0.0)
    samples = task.samples(stage(), 0, seed=0)
    assert not any(of_pictures(samples[position]) for position in range(60))
    assert "picture_classes" not in task.network_options()  # type: ignore[attr-defined]
    assert list(task.fingerprints()) == [str(sets[0])]


def test_pictures_by_class_show_all_classes_alike_often(tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "clips")
    pictures = pictures_of(
        tmp_path / "pictures",
        classes=(0, 1),
        each={"train": 40, "val": 1},
        wrong={f"train-1-{n}": 0 for n in range(36)},
    )
    task = opened("joint", clips, pictures, **OPTIONS, picture_batches=0.5, pictures_by_class=True)
    samples = task.samples(stage(batch=100), 0, seed=0)
    shown = samples.__getitems__(list(range(100, 200)))["label"]  # type: ignore[attr-defined]
    assert 35 <= int((shown == 1).sum()) <= 65, "of 80 pictures, 4 are of class 1"


def test_clips_are_mixed_and_pictures_are_not(sets: tuple[Path, Path]) -> None:
    task = opened("joint", *sets, **OPTIONS, picture_batches=0.5, mixup=0.8, cutmix=0)
    samples = task.samples(stage(), 0, seed=0)
    clips, pictures = (
        samples.__getitems__(list(range(first, first + 4)))  # type: ignore[attr-defined]
        for first in (0, 4)
    )
    share = float(clips["own_share"][0])
    one, other = (samples[n]["clips"].astype(float) for n in (0, 3))
    assert 0 < share < 1
    assert np.abs(clips["clips"][0] - (share * one + (1 - share) * other)).max() <= 0.51
    assert clips["other_label"].tolist() == clips["label"][::-1].tolist()
    assert pictures["own_share"].tolist() == [1.0] * 4


def test_microbatches_make_the_loss_of_the_whole_batch(sets: tuple[Path, Path]) -> None:
    task = opened("joint", *sets, **OPTIONS, class_weight_power=1.0, label_smoothing=0.1)
    samples = task.samples(stage(), 0, seed=0)
    whole = {
        name: torch.as_tensor(value)
        for name, value in samples.__getitems__([0, 1, 2, 3]).items()  # type: ignore[attr-defined]
    }

    class Says(torch.nn.Module):
        def forward(self, clips: torch.Tensor, _: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": clips.flatten(1)[:, :7]}

    def loss(first: int, last: int) -> float:
        part = {name: value[first:last] for name, value in whole.items()}
        return float(task.losses(Says(), part)["loss"])

    assert (loss(0, 1) + 3 * loss(1, 4)) / 4 == pytest.approx(loss(0, 4), rel=1e-5)


def test_target_of_mixed_clips_is_mixed_as_they_are_and_smoothed(sets: tuple[Path, Path]) -> None:
    task = opened("joint", *sets, **OPTIONS, label_smoothing=0.1)
    batch = {
        "clips": torch.zeros(1, 8, 32, 32, 1, dtype=torch.uint8),
        "label": torch.tensor([2]),
        "other_label": torch.tensor([5]),
        "own_share": torch.tensor([0.7]),
    }
    logits = torch.randn(1, 7, generator=torch.Generator().manual_seed(1))

    class Says(torch.nn.Module):
        def forward(self, clips: torch.Tensor, _: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": logits}

    target = torch.full((1, 7), 0.1 / 7)
    target[0, 2] += 0.9 * 0.7
    target[0, 5] += 0.9 * 0.3
    expected = -(target * logits.log_softmax(1)).sum()
    assert float(task.losses(Says(), batch)["clips"]) == pytest.approx(float(expected), rel=1e-5)


def test_balance_of_the_experts_counts_with_its_weight(sets: tuple[Path, Path]) -> None:
    task = opened("joint", *sets, **OPTIONS, balance_weight=0.5, mixup=0, cutmix=0)
    batch = {
        name: torch.as_tensor(value)
        for name, value in task.samples(stage(), 0, 0).__getitems__([0, 1]).items()  # type: ignore[attr-defined]
    }

    class Says(torch.nn.Module):
        def forward(self, clips: torch.Tensor, _: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": torch.zeros(2, 7), "balance": torch.tensor(3.0)}

    losses = task.losses(Says(), batch)
    assert float(losses["loss"] - losses["clips"]) == pytest.approx(1.5)


def test_each_kind_has_a_head_for_its_own_classes(sets: tuple[Path, Path], tmp_path: Path) -> None:
    pictures = pictures_of(tmp_path / "eight", task="expression_8")
    learn(
        "unilearn-small",
        (sets[0], pictures),
        tmp_path / "run",
        *("task.options.picture_label=expression_8", "stages.0.steps=2"),
    )
    file = read_network(tmp_path / "run")
    assert (file.choice.options["classes"], file.choice.options["picture_classes"]) == (7, 8)
    assert len(file.told["classes"]["expression"]) == 7
    assert file.told["picture_classes"]["expression_8"][-1] == "contempt"
    assert {"uar", "picture_uar", "picture_accuracy"} <= set(file.metrics)


def test_trained_network_is_scored_and_teaches(sets: tuple[Path, Path], tmp_path: Path) -> None:
    clips = clips_of(tmp_path / "more", people={"train": 2, "val": 1, "test": 1})
    out = tmp_path / "run"
    learn(
        "unilearn-small", (clips, sets[1]), out, "stages.0.steps=2", "task.options.measured_times=2"
    )
    of_clips = document(tmp_path, out)
    assert [each["path"] for each in of_clips["sets"]] == [str(clips)]
    of_pictures = document(tmp_path, out, "--clips", sets[1], "--split", "val")
    assert of_pictures["sets"][0]["path"] == str(sets[1])
    teacher = ClipTeacher.open(out)
    assert isinstance(past_options(teacher.config), JointOptions)
    logits, _ = teacher.says(torch.zeros(2, 8, 32, 32, 1, dtype=torch.uint8))
    assert logits.shape == (2, 7)


def test_fold_is_kept_of_clips_alone(tmp_path: Path, sets: tuple[Path, Path]) -> None:
    clips = clips_of(tmp_path / "folds", people={"": 6}, folds=3)
    task = opened("joint", clips, sets[1], **OPTIONS, fold=2)
    assert isinstance(task, JointTask)
    (source,) = task.clips.sources
    rows = [source.store.rows[clip.row] for clip in (*source.learned, *source.held_out)]
    assert {row.fold for row in rows} == {1, 3}


@pytest.mark.parametrize(
    ("which", "overrides", "told"),
    [
        ((), (), "neither clips to learn from nor pictures; name a folder of 'vigil data prepare'"),
        ((1,), ("task.options.picture_share=0",), "neither clips to learn from nor pictures"),
        ((1,), ("task.options.picture_label=expression_8",), "set task.options.label to it"),
        ((0,), (), "there is no set whose clips have one frame; name one with --clips, or set"),
        ((0, 1), ("task.options.picture_share=2",), "picture_share is 2 but must be"),
        ((0, 1), ("task.options.picture_label=drowsiness",), "is not labelled for drowsiness"),
        ((0, 1), ("augmentation.clip.erase=1",), "clip is not a known key; did you mean `clips`"),
        ((0, 1), ("network.name=xception3d", "network.options={}"), "no option 'picture_classes'"),
    ],
)
def test_what_cannot_be_learned_is_told_in_a_sentence(
    which: tuple[int, ...],
    overrides: tuple[str, ...],
    told: str,
    sets: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    with pytest.raises(UserError, match=told):
        learn("unilearn-small", tuple(sets[n] for n in which), tmp_path / "run", *overrides)
    assert not (tmp_path / "run" / "teacher.pt").exists()


@pytest.mark.parametrize("name", ["unilearn", "unilearn-paper", "unilearn-small"])
def test_configurations_that_come_with_vigil_are_of_this_task(name: str) -> None:
    loaded = load_config(name)
    assert loaded.task_options.read(JointOptions).measured_px == loaded.train.stages[0].crop_px
    assert loaded.augmentation.read(JointAugmentation).pictures.mirror == 0.5


def test_command_learns_from_both_kinds_of_sets(sets: tuple[Path, Path], tmp_path: Path) -> None:
    words = [
        *("teacher", "unilearn-small", "--clips", str(sets[0]), "--clips", str(sets[1])),
        *("--label", "expression", "--out", str(tmp_path / "run"), "--device", "cpu"),
        *("--threads", "1", "--set", "stages.0.steps=2", "--set", "stages.0.warmup_steps=1"),
        *("--set", "network.options.depth=1", "--set", "task.options.measured_px=32"),
    ]
    threads = torch.get_num_threads()
    try:
        done = CliRunner().invoke(app, words)
    finally:
        torch.set_num_threads(threads)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "run" / "teacher.pt").is_file()


def test_pictures_alone_are_learned_too(sets: tuple[Path, Path], tmp_path: Path) -> None:
    record = learn("unilearn-small", sets[1:], tmp_path / "run", "stages.0.steps=3")
    assert record.finished and record.best["uar"] == record.best["picture_uar"]
    samples = opened("joint", sets[1], **OPTIONS).samples(stage(), 0, seed=0)
    assert all(of_pictures(samples[position]) for position in range(12))
    of_pictures_alone = document(tmp_path, tmp_path / "run", "--split", "val")
    assert [each["path"] for each in of_pictures_alone["sets"]] == [str(sets[1])]
