"""Crops without a face: of every kind, and those that a detector is fooled by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from edge_app.face.box import overlap
from model_compression.students import create_student
from model_compression.training.config import DataSet, NetworkChoice, TrainConfig
from model_compression.training.network_file import write_network
from model_compression.training.tasks.empty_crops import EmptyCrops, fooling_crops
from model_compression.training.tasks.face_samples import FaceAugmentation, FaceSamples
from tests.model_compression.detector.painted_people import labelled_set

if TYPE_CHECKING:
    from model_compression.training.tasks.detector import DetectorTask

SETS = [DataSet(name="fer2013-train")]


@pytest.fixture
def excited(tmp_path: Path) -> Path:
    """An untrained detector that sees faces almost everywhere."""
    torch.manual_seed(0)
    student = create_student("face-detector")
    usual = {
        "heat": [1.0],
        "box": [0.0, 0.0, np.log(6), np.log(6)],  # of 48 px
        "points": [-0.2, -0.15, 0.2, -0.15, 0.0, 0.15, -0.15, 0.3, 0.15, 0.3],
    }
    with torch.no_grad():
        for name, values in usual.items():
            layer = getattr(student, name)
            layer.weight.mul_(0.2)
            layer.bias.copy_(torch.tensor(values))
    stage = {"crop_px": 192, "steps": 1, "learning_rate": 0.1}
    config = TrainConfig.model_validate(
        {
            "name": "excited",
            "part": "detector",
            "network": NetworkChoice(name="face-detector"),
            "task": {"name": "detector"},
            "data": [{"name": "fer2013-train"}],
            "stages": [stage],
        }
    )
    path = tmp_path / "student.pt"
    write_network(path, student, config, step=1, metrics={})
    return path


def test_detector_is_fooled_where_no_face_is(
    task: DetectorTask, excited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crops = fooling_crops(excited, SETS, scenes=6, crop_px=56)
    assert 3 <= len(crops) <= 12
    assert all(crop.shape == (56, 56) and crop.dtype == np.uint8 for crop in crops)
    again = fooling_crops(excited, SETS, scenes=6, crop_px=56)
    assert all(np.array_equal(one, other) for one, other in zip(crops, again, strict=True))


def test_everything_fools_it_but_faces(
    task: DetectorTask, excited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def noted(one: tuple[float, ...], other: tuple[float, ...]) -> float:
        share = overlap(one, other)  # type: ignore[arg-type]
        asked.append(share)
        return share

    monkeypatch.setattr("model_compression.training.tasks.empty_crops.overlap", noted)
    fooling_crops(excited, SETS, scenes=12, crop_px=56)
    assert max(asked) > 0.1  # it was shown faces, and they were left out


def test_crops_are_of_the_size_asked_for_and_follow_from_the_seed() -> None:
    faces = FaceSamples(
        [(labelled_set(), 1.0)],
        FaceAugmentation(),
        crop_px=64,
        seed=1,
        stage_index=0,
        eyes=False,
        face=True,
    )
    halves = np.repeat(np.array([[40, 210]], dtype=np.uint8), 32, axis=1).repeat(64, axis=0)
    drawn = [
        [EmptyCrops(faces, 1, 64, [halves]).draw(np.random.default_rng(seed)) for seed in range(24)]
        for _ in range(2)
    ]
    assert all(crop.shape == (64, 64) for crop in drawn[0])
    assert all(np.array_equal(one, other) for one, other in zip(*drawn, strict=True))
    alike = [abs(np.corrcoef(crop.ravel(), halves.ravel())[0, 1]) > 0.9 for crop in drawn[0]]
    assert 6 <= sum(alike) <= 18  # every second one fooled the detector
