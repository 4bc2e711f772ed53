"""A temporal head goes onto the built-in bundle by `vigil quantize` and `vigil bundle make`, without a labelled set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from edge_app.bundle.open import BUILT_IN_FOLDER, open_bundle
from edge_app.errors import UserError
from model_compression.distillation.frame_student import BUILT_IN, FrameStudent
from model_compression.quantization import quantize_students
from model_compression.quantization.followed_face import FollowedFace, FollowedFrame
from model_compression.students.temporal_head import TemporalHead
from model_compression.training.config import NetworkChoice, Stage, TaskChoice, TrainConfig
from model_compression.training.network_file import write_network
from tests.model_compression.quantization.test_commands import vigil


def head(folder: Path, **told: object) -> Path:
    """As `vigil distill` leaves it."""
    torch.manual_seed(0)
    options = {"labels": {"drowsiness": 2, "intoxication": 1}, "rate_hz": 4.0}
    config = TrainConfig(
        name="head",
        part="temporal",
        network=NetworkChoice(name="temporal-head", options=options),
        task=TaskChoice(name="temporal"),
        stages=(Stage(steps=1, learning_rate=1e-3),),
    )
    folder.mkdir()
    network = TemporalHead(**options)  # type: ignore[arg-type]
    write_network(folder / "student.pt", network, config, step=1, metrics={}, told=told)
    return folder


@pytest.fixture(autouse=True)
def few_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of minutes of driving."""

    def drawn(*, rate_hz: float, side_px: int, progress: object) -> list[FollowedFace]:
        rng = np.random.default_rng(0)
        shape = (8, side_px, side_px)
        pictures = rng.integers(0, 255, shape, dtype=np.uint8)
        frames = [FollowedFrame(step / rate_hz, is_step=True) for step in range(8)]
        return [FollowedFace(list(pictures), frames)]

    monkeypatch.setattr(quantize_students, "calibration_faces", drawn)


@pytest.mark.slow
def test_head_goes_onto_the_built_in_bundle(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    told = {
        "classes": {"intoxication": ["below moderate", "at least moderate"]},
        "follows": FrameStudent.open(BUILT_IN).sha256,
    }
    quantized, place = tmp_path / "files", tmp_path / "bundle"
    told_by_command = vigil(
        "quantize", head(tmp_path / "head", **told), "--out", quantized, "--runtime", "onnx",
        "--cache", tmp_path,
    )  # fmt: skip
    assert "temporal-int8.onnx" in told_by_command
    vigil(
        "bundle", quantized, "--onto", "default", "--out", place, "--name", "more",
        "--bundle-version", "1.0.0", "--card", BUILT_IN_FOLDER / "card.md", "--gate", "none",
    )  # fmt: skip
    bundle = open_bundle(place)
    bundle.verify_all()
    assert bundle.manifest.parts.temporal is not None
    assert bundle.manifest.parts.temporal.rate_hz == 4.0
    assert bundle.manifest.heads["intoxication"].order == ("below_moderate", "at_least_moderate")
    before = open_bundle("default").manifest.parts
    assert bundle.manifest.parts.face == before.face


def test_head_that_follows_another_face_part_is_one_sentence(tmp_path: Path) -> None:
    place = head(tmp_path / "head", follows="0" * 64, classes={"intoxication": ["no", "yes"]})
    with pytest.raises(UserError, match="another face part than the built-in face part"):
        vigil("quantize", place, "--out", tmp_path / "files", "--cache", tmp_path)
    assert not (tmp_path / "files").exists()


def test_base_that_is_no_bundle_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no bundle is here"):
        vigil(
            "bundle", tmp_path, "--onto", tmp_path, "--out", tmp_path / "bundle", "--name", "more",
            "--bundle-version", "1.0.0", "--card", BUILT_IN_FOLDER / "card.md",
        )  # fmt: skip
