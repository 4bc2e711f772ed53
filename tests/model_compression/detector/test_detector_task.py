"""What the detector learns from: maps that decode to the faces they were made of, and honest measuring."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from edge_app.face.letterbox import letterbox_of
from edge_app.face.student_detector import decoded
from model_compression.augmentation.portraits import face_square, five_points
from model_compression.augmentation.scene_stage import Scene
from model_compression.students import create_student
from model_compression.training.config import Stage
from model_compression.training.tasks.detector import kept_apart, measured
from model_compression.training.tasks.detector_maps import generalised_overlap, heat_loss, targets
from tests.model_compression.detector.painted_people import labelled_set, landmarks

if TYPE_CHECKING:
    from model_compression.training.tasks.detector import DetectorTask

NOWHERE = np.zeros((0, 4), dtype=np.float32)
TWO_PEOPLE = np.stack(
    [five_points(landmarks(8.0, (40.0, 60.0))), five_points(landmarks(30.0, (131.0, 77.0)))]
)


def test_vehicle_decodes_the_maps_to_the_faces_they_were_made_of() -> None:
    maps = targets(TWO_PEOPLE, NOWHERE, 192)
    with np.errstate(divide="ignore"):
        logits = np.log(maps["heat"]) - np.log1p(-np.minimum(maps["heat"], 1 - 1e-6))
    faces = decoded(logits, maps["box"], maps["points"], letterbox_of(192, 192), 3.0)
    assert len(faces) == 2
    for points in TWO_PEOPLE:
        x, y, side, roll = face_square(points)
        face = min(faces, key=lambda face: abs(face.crop.center_x_px - x))
        assert face.box == pytest.approx(
            (x - side / 2, y - side / 2, x + side / 2, y + side / 2), abs=0.01
        )
        assert face.crop.side_px == pytest.approx(side / 0.8, rel=1e-3)
        assert face.crop.roll_rad == pytest.approx(roll, abs=1e-3)


def test_every_cell_that_learns_a_box_learns_the_same_box() -> None:
    maps = targets(TWO_PEOPLE[1:], NOWHERE, 192)
    x, y = face_square(TWO_PEOPLE[1])[:2]
    rows, columns = np.nonzero(maps["learns"])
    assert len(rows) > 4
    centers = np.stack([columns + 0.5, rows + 0.5]) + maps["box"][:2, rows, columns]
    assert centers * 8 == pytest.approx(np.array([[x], [y]]) * np.ones(len(rows)), abs=1e-3)


def test_nothing_is_claimed_where_a_face_cannot_be_judged() -> None:
    ignored = np.array([[100, 40, 190, 130]], dtype=np.float32)
    free = targets(TWO_PEOPLE[:1], ignored, 192)["claimed"]
    assert free[10, 18] == 0 and free[2, 2] == 1
    both = targets(TWO_PEOPLE, ignored, 192)
    center = both["heat"] == 1
    assert center.sum() == 2 and both["claimed"][center].all()


def test_false_alarm_costs_nothing_where_nothing_is_claimed() -> None:
    logits = torch.full((1, 24, 24), -8.0)
    logits[0, 5, 5] = 6.0
    heat, claimed = torch.zeros(1, 24, 24), torch.ones(1, 24, 24)
    punished = heat_loss(logits, heat, claimed)
    claimed[0, 5, 5] = 0
    assert float(punished) > 5 and float(heat_loss(logits, heat, claimed)) < 1e-3


def test_generalised_overlap_is_one_for_the_same_box_and_negative_far_away() -> None:
    box = torch.tensor([[0.2, -0.1, 0.5, 0.7]])
    far = box + torch.tensor([[30.0, 0.0, 0.0, 0.0]])
    assert float(generalised_overlap(box, box)) == pytest.approx(1)
    assert float(generalised_overlap(box, far)) < -0.5


def test_learning_one_batch_lowers_its_loss(task: DetectorTask) -> None:
    torch.manual_seed(0)
    student = create_student("face-detector")
    samples = task.samples(Stage(steps=1, learning_rate=1.0, crop_px=64), 0, 0)
    batch = default_collate([dict(samples[position]) for position in range(4)])
    optimiser = torch.optim.AdamW(student.parameters(), 3e-3)
    first = None
    for _ in range(12):
        loss = task.losses(student, batch)["loss"]
        first = first or float(loss.detach())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert first is not None and float(loss.detach()) < 0.7 * first


def test_batch_without_a_face_can_be_learned_from(task: DetectorTask) -> None:
    student = create_student("face-detector")
    empty = targets(np.zeros((0, 5, 2), np.float32), NOWHERE, 96)
    batch = default_collate([{"image": np.zeros((1, 96, 96), np.float32), **empty}] * 2)
    loss = task.losses(student, batch)["loss"]
    loss.backward()
    assert math.isfinite(float(loss.detach()))


def test_validation_names_the_metric_that_chooses_the_best(task: DetectorTask) -> None:
    with torch.no_grad():
        metrics = task.validate(create_student("face-detector").eval(), torch.device("cpu"))
    assert task.goal.metric in metrics
    assert all(math.isfinite(value) for value in metrics.values())


def test_recall_is_counted_at_the_score_that_empty_frames_reach() -> None:
    points = TWO_PEOPLE[1:]
    frame = np.zeros((192, 192), dtype=np.uint8)
    maps = targets(points, NOWHERE, 192)
    logits = np.where(maps["heat"] == 1, 2.0, -9.0).astype(np.float32)
    faces = decoded(logits, maps["box"], maps["points"], letterbox_of(192, 192), 0.0)
    full = Scene(frame, points, NOWHERE)
    empty = Scene(frame, np.zeros((0, 5, 2), np.float32), NOWHERE)
    assert measured([full, empty], [faces, []])["recall_at_1_per_1000"] == 1
    assert measured([full, empty], [[], []])["recall_at_1_per_1000"] == 0
    # The same score in an empty frame: the threshold rises until that false face is gone, and the true one with it.
    assert measured([full, empty], [faces, faces])["recall_at_1_per_1000"] == 0


def test_people_held_out_never_reach_training() -> None:
    nir = labelled_set("nir", people=14)
    nir.labels.person[:] = [str(number) for number in range(1, 15)]
    assert [row + 1 for row in range(14) if kept_apart(nir, row)] == [11, 12, 13]
    faces = labelled_set("faces", people=400)
    faces.labels.person[200:] = faces.labels.person[:200]
    held_out = [kept_apart(faces, row) for row in range(400)]
    assert held_out[:200] == held_out[200:]
    assert 2 <= sum(held_out[:200]) <= 25
