"""The expression on drawn faces: what is learned from, what is kept apart, and that chance hangs on the place alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from edge_app.face.student_crops import anchors_of, face_crop  # noqa: E402
from model_compression.data.labelled_set import LabelledSet  # noqa: E402
from model_compression.students import create_student  # noqa: E402
from model_compression.training.config import DataSet, Stage  # noqa: E402
from model_compression.training.options import OptionGroup  # noqa: E402
from model_compression.training.seeds import seed_torch_at  # noqa: E402
from model_compression.training.task import Batch, Task, TaskInput  # noqa: E402
from model_compression.training.tasks import open_task  # noqa: E402
from model_compression.training.tasks.expression import (  # noqa: E402
    class_weights,
    expressive_faces,
    measured,
)


def opened(**options: float) -> Task:
    given = TaskInput(
        "expression",
        (DataSet(name="faces"),),
        OptionGroup.of(options),
        OptionGroup.of({}),
        None,
    )
    return open_task("expression", given)


def drawn_at(task: Task, position: int, crop_px: int) -> np.ndarray:
    samples = task.samples(Stage(crop_px=crop_px, steps=1, learning_rate=0.1), 0, 1)
    picture: np.ndarray = samples[position]["face"]
    return picture


def test_small_picture_is_the_vehicles_own_halved(drawn_set: LabelledSet) -> None:
    task = opened()
    whole, half = drawn_at(task, 5, 112), drawn_at(task, 5, 56)
    assert whole.shape == (1, 112, 112)
    assert abs(float(whole.mean())) < 1e-4 and abs(float(whole.std()) - 1) < 1e-3
    halved = cv2.resize(whole[0], (56, 56), interpolation=cv2.INTER_AREA)
    assert np.array_equal(half[0], halved)


def test_position_alone_says_what_is_drawn(drawn_set: LabelledSet) -> None:
    task = opened()
    first = drawn_at(task, 7, 56)
    assert np.array_equal(first, drawn_at(opened(), 7, 56))
    assert not np.array_equal(first, drawn_at(task, 8, 56))


def test_pictures_kept_apart_are_not_learned_from(drawn_set: LabelledSet) -> None:
    learned = expressive_faces(drawn_set, held_out=False)
    apart = expressive_faces(drawn_set, held_out=True)
    assert apart
    assert len(learned) + len(apart) == len(drawn_set)


def test_face_that_nobody_found_is_the_whole_picture(drawn_set: LabelledSet) -> None:
    found = np.arange(len(drawn_set)) % 2 == 0
    half = replace(drawn_set, labels=replace(drawn_set.labels, found=found))
    faces = expressive_faces(half, held_out=False) + expressive_faces(half, held_out=True)
    assert len(faces) == len(drawn_set)
    whole = [face for face in faces if face.crop.side_px == face.picture.shape[0]]
    assert len(whole) == len(drawn_set) // 2


def test_face_is_cut_where_the_vehicle_cuts_it(drawn_set: LabelledSet) -> None:
    crops = [face.crop for face in expressive_faces(drawn_set, held_out=False)]
    expected = face_crop(anchors_of(drawn_set.labels.landmarks[0]))
    assert any(crop == expected for crop in crops)


def loss_at(task: Task, step: int, batch: Batch) -> float:
    torch.manual_seed(3)
    student = create_student("expression-net").eval()
    seed_torch_at(1, step)
    return float(task.losses(student, batch)["loss"].detach())


def some_batch(task: Task) -> Batch:
    pictures = np.stack([drawn_at(task, position, 56) for position in range(8)])
    return {"face": torch.from_numpy(pictures), "emotion": torch.arange(8) % 7}


def test_mixing_hangs_on_seed_and_step_alone(drawn_set: LabelledSet) -> None:
    task = opened(mixup=1.0, mixup_share=1.0)
    batch = some_batch(task)
    assert loss_at(task, 4, batch) == loss_at(task, 4, batch)
    assert loss_at(task, 4, batch) != loss_at(task, 5, batch)


def test_without_mixing_every_step_sees_its_batch_as_it_is(drawn_set: LabelledSet) -> None:
    task = opened()
    batch = some_batch(task)
    assert loss_at(task, 4, batch) == loss_at(task, 5, batch)
    assert loss_at(task, 4, batch) == loss_at(opened(mixup=1.0, mixup_share=0.0), 4, batch)


def test_rare_class_weighs_more_by_the_power_that_is_asked() -> None:
    emotion = np.array([0] * 16 + [1] + [2] * 16 + [3] * 16 + [4] * 16 + [5] * 16 + [6] * 16)
    assert np.allclose(class_weights(emotion, 0.0), 1.0)
    weights = class_weights(emotion, 0.25)
    assert weights[1] / weights[0] == pytest.approx(2.0)


def test_mean_recall_counts_each_class_alike() -> None:
    class Says(torch.nn.Module):
        def forward(self, face: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"expression": torch.nn.functional.one_hot(torch.zeros(len(face)).long(), 7)}

    truth = torch.tensor([0, 0, 0, 1])
    figures = measured(Says(), {"face": torch.zeros(4, 1, 56, 56), "emotion": truth}, "cpu")
    assert figures["accuracy"] == pytest.approx(0.75)
    assert figures["uar"] == pytest.approx(0.5)
