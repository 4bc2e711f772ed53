"""The tasks on drawn faces: a few steps lower every loss, truth without a weight teaches nothing."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch.utils.data import default_collate  # noqa: E402

from model_compression.data.labelled_set import LabelledSet  # noqa: E402
from model_compression.students import create_student  # noqa: E402
from model_compression.training.config import DataSet, Stage  # noqa: E402
from model_compression.training.options import OptionGroup  # noqa: E402
from model_compression.training.task import Task, TaskInput  # noqa: E402
from model_compression.training.tasks import open_task  # noqa: E402

CASES = {
    "eyes": ("eye-branch", {"validation_faces": 10}),
    "face": ("mobilefacenet", {"validation_faces": 10}),
    "expression": ("expression-net", {}),
}


def opened(name: str, **options: float) -> Task:
    given = TaskInput(
        name,  # type: ignore[arg-type]
        (DataSet(name="faces"),),
        OptionGroup.of({**CASES[name][1], **options}),
        OptionGroup.of({}),
        None,
    )
    return open_task(name, given)


def batch_of(task: Task, count: int, crop_px: int = 48) -> dict[str, torch.Tensor]:
    samples = task.samples(Stage(crop_px=crop_px, steps=1, learning_rate=0.1), 0, 1)
    collated: dict[str, torch.Tensor] = default_collate([samples[i] for i in range(count)])
    return collated


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_few_steps_on_one_batch_lower_the_loss(drawn_set: LabelledSet, name: str) -> None:
    torch.manual_seed(0)
    task, student = opened(name), create_student(CASES[name][0])
    batch = batch_of(task, 16)
    optimizer = torch.optim.AdamW(student.parameters(), lr=2e-3)
    losses = []
    for _ in range(8):
        loss = task.losses(student, batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.parametrize("name", sorted(CASES))
def test_measuring_gives_the_metric_that_is_aimed_at(drawn_set: LabelledSet, name: str) -> None:
    task = opened(name)
    with torch.no_grad():
        figures = task.validate(create_student(CASES[name][0]).eval(), "cpu")
    assert task.goal.metric in figures


def test_crop_without_a_face_teaches_only_that(drawn_set: LabelledSet) -> None:
    task = opened("face", no_face=0.99)
    batch = batch_of(task, 24)
    assert float(batch["is_face"].mean()) < 0.5
    empty = batch["is_face"] == 0
    assert bool((batch["visibility"][empty, 0] == 0).all())
    for weight in ("landmarks_weight", "head_pose_weight", "mouth_openness_weight"):
        assert float(batch[weight][empty].sum()) == 0


def test_hidden_eye_teaches_nothing_of_its_lids(drawn_set: LabelledSet) -> None:
    task, student = opened("eyes"), create_student("eye-branch").eval()
    batch = batch_of(task, 8)
    batch["openness_weight"] = torch.ones_like(batch["openness_weight"])
    batch["visible"] = torch.ones_like(batch["visible"])
    before = float(task.losses(student, batch)["openness"].detach())
    batch["visible"][0] = 0.0
    batch["openness"][0] = 50.0  # absurd, and not looked at
    after = float(task.losses(student, batch)["openness"].detach())
    assert abs(after - before) < 1.0
