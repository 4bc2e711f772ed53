"""What a temporal head is taught by: classes where they are known, teachers everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.clips.arrays_file import save_arrays
from model_compression.students.temporal_head import TemporalHead
from model_compression.training.config import DataSet, Stage
from model_compression.training.options import OptionGroup
from model_compression.training.task import Batch, TaskInput
from model_compression.training.tasks.temporal import TemporalTask
from tests.model_compression.clips.drawn_clips import drawn_set

FRAMES, FEATURES = 3, 5


def taught_folder(tmp_path: Path, *, teachers: tuple[tuple[str, int], ...]) -> Path:
    """As `vigil distill` leaves it, of numbers drawn at random. teachers: label and logits of each."""
    clips = drawn_set(tmp_path / "clips", people={"train": 3, "val": 1})
    store, rng = ClipStore.open(clips), np.random.default_rng(0)
    rows = list(range(len(store.rows)))
    folder = tmp_path / "taught"
    folder.mkdir()
    told = {
        "clips": store.fingerprint,
        "folder": str(clips),
        "questions": [[label, None, outputs] for label, outputs in teachers],
        "rate_hz": 4.0,
        "rows": rows,
        "varied": [row for row in rows if store.rows[row].split == "train"],
    }
    (folder / "taught.json").write_text(json.dumps(told))
    arrays: dict[str, Any] = {
        "rows": np.array(rows),
        "features": rng.normal(size=(len(rows), 2, FRAMES, FEATURES)).astype(np.float16),
    }
    for number, (_, outputs) in enumerate(teachers):
        logits = rng.normal(size=(len(rows), 2, outputs))
        arrays[f"logits_{number}"] = logits.astype(np.float32)
        arrays[f"embeddings_{number}"] = rng.normal(size=(len(rows), 2, 4)).astype(np.float16)
    save_arrays(folder / "piece-000000.npz", **arrays)
    return folder


def task_on(folder: Path, **options: float) -> TemporalTask:
    group, nothing = OptionGroup.of({"hidden": 6, **options}), OptionGroup.of({})
    return TemporalTask(TaskInput("temporal", (DataSet(name=str(folder)),), group, nothing, None))


def head_for(task: TemporalTask) -> TemporalHead:
    torch.manual_seed(0)
    return TemporalHead(**task.network_options(), dropout=0.0)


def batch_of(task: TemporalTask, count: int = 6) -> Batch:
    samples = task.samples(Stage(steps=1, learning_rate=1), 0, 1)
    drawn = [samples[position] for position in range(count)]
    return {
        name: torch.stack([torch.as_tensor(sample[name]) for sample in drawn]) for name in drawn[0]
    }


def gradient(task: TemporalTask, batch: Batch, part: str = "heads.drowsiness.weight") -> Any:
    head = head_for(task)
    task.losses(head, batch)["loss"].backward()
    return dict(head.named_parameters())[part].grad


DROWSY = (("drowsiness", 2),)


@pytest.mark.parametrize("weight", ["teacher_weight", "feature_weight", "relation_weight"])
def test_each_thing_a_teacher_gives_is_learned(weight: str, tmp_path: Path) -> None:
    nothing = {"teacher_weight": 0.0, "feature_weight": 0.0, "relation_weight": 0.0}
    folder = taught_folder(tmp_path, teachers=DROWSY)
    task = task_on(folder, **{**nothing, weight: 1.0})
    batch = batch_of(task)
    other = dict(batch)
    name = "logits_0" if weight == "teacher_weight" else "embedding_0"
    other[name] = batch[name].flip(0) + 1.0
    place = "recall.weight_hh_l0"
    assert not torch.allclose(gradient(task, batch, place), gradient(task, other, place))


def test_without_teachers_what_they_say_changes_nothing(tmp_path: Path) -> None:
    folder = taught_folder(tmp_path, teachers=DROWSY)
    task = task_on(folder, teacher_weight=0, feature_weight=0, relation_weight=0)
    batch = batch_of(task)
    other = {**batch, "logits_0": batch["logits_0"] + 9, "embedding_0": -batch["embedding_0"]}
    assert torch.equal(gradient(task, batch), gradient(task, other))


def test_clip_without_a_class_is_taught_by_the_teacher_alone(tmp_path: Path) -> None:
    folder = taught_folder(tmp_path, teachers=DROWSY)
    for weight, learns in ((1.0, True), (0.0, False)):
        task = task_on(folder, teacher_weight=weight, feature_weight=0, relation_weight=0)
        batch = batch_of(task)
        batch["class_drowsiness"] = torch.full_like(batch["class_drowsiness"], -1)
        assert bool(gradient(task, batch).abs().max() > 0) is learns


def test_teachers_of_one_label_are_averaged(tmp_path: Path) -> None:
    nothing = {"feature_weight": 0.0, "relation_weight": 0.0, "carried_share": 0.0}
    one = task_on(taught_folder(tmp_path, teachers=DROWSY), **nothing)
    twice = tmp_path / "twice"
    twice.mkdir()
    two = task_on(taught_folder(twice, teachers=(*DROWSY, *DROWSY)), **nothing)
    batch = batch_of(two)
    batch["logits_1"] = batch["logits_0"]
    head = head_for(one)
    with torch.no_grad():
        told = [float(task.losses(head, batch)["soft_labels"]) for task in (one, two)]
    assert told[0] == pytest.approx(told[1])


def test_clip_is_learned_as_the_end_of_a_longer_drive(tmp_path: Path) -> None:
    nothing = {"teacher_weight": 0.0, "feature_weight": 0.0, "relation_weight": 0.0}
    folder = taught_folder(tmp_path, teachers=DROWSY)
    carried, alone = (task_on(folder, **nothing, carried_share=share) for share in (1.0, 0.0))
    batch = batch_of(carried)
    head = head_for(carried)
    clips = batch["features"]
    drive = torch.cat([clips.roll(2, dims=0), clips.roll(1, dims=0), clips], dim=1)

    class OfTheDrive(torch.nn.Module):
        def forward(self, features: torch.Tensor, memory: object) -> dict[str, torch.Tensor]:
            assert memory is None and features is clips
            return {name: said[:, -FRAMES:] for name, said in head(drive).items()}

    with torch.no_grad():
        told = float(carried.losses(head, batch)["loss"])
        assert told == pytest.approx(float(alone.losses(OfTheDrive(), batch)["loss"]), rel=1e-5)
        assert told != pytest.approx(float(alone.losses(head, batch)["loss"]), rel=1e-3)


def test_weights_are_chosen_by_clips_that_are_not_learned_from(tmp_path: Path) -> None:
    folder = taught_folder(tmp_path, teachers=DROWSY)
    task = task_on(folder)
    rows = ClipStore.open(tmp_path / "clips").rows
    learned = {rows[int(n)].split for n in task.learned}
    assert learned == {"train"}
    figures = task.validate(head_for(task).eval(), torch.device("cpu"))
    assert figures.keys() == {"uar", "uar_drowsiness"}


def test_clips_prepared_anew_are_not_taken_for_those_that_were_taught(tmp_path: Path) -> None:
    folder = taught_folder(tmp_path, teachers=DROWSY)
    told = json.loads((folder / "taught.json").read_text())
    (folder / "taught.json").write_text(json.dumps({**told, "clips": "another"}))
    with pytest.raises(UserError, match="was prepared anew since teachers spoke on it"):
        task_on(folder)


@pytest.mark.parametrize("content", ["", "{", "{}"])
def test_damaged_lesson_is_told_in_a_sentence(content: str, tmp_path: Path) -> None:
    folder = taught_folder(tmp_path, teachers=DROWSY)
    (folder / "taught.json").write_text(content)
    with pytest.raises(UserError, match=r"taught\.json: .*; delete"):
        task_on(folder)
