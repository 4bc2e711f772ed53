"""The clip transformer as a teacher: trained on prepared clips, read again by what learns from it or scores it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.teacher import ClipTeacher
from model_compression.scoring.learned_from import trainings_before
from model_compression.teachers.masked_autoencoder import MaskedClipAutoencoder
from model_compression.training.network_file import read_network
from tests.model_compression.clips.conftest import UNVARIED, Teach
from tests.model_compression.clips.drawn_clips import drawn_set

OPTIONS: dict[str, Any] = {"size": "ti", "depth": 2, "patch_px": 8}


def _network(**options: Any) -> str:
    return f"network={json.dumps({'name': 'clip-vit', 'options': {**OPTIONS, **options}})}"


def _with_task(folder: Path, name: str, **options: Any) -> None:
    """The run in `folder`, as if it had been of another task."""
    content = torch.load(folder / "teacher.pt", weights_only=True)
    task = content["config"]["task"]
    shared = {k: task["options"][k] for k in ("label", "frames", "measured_px")}
    content["config"]["task"] = {"name": name, "options": {**shared, **options}}
    torch.save(content, folder / "teacher.pt")


def test_clip_transformer_learns_drawn_clips_and_teaches(teach: Teach, tmp_path: Path) -> None:
    clips = drawn_set(tmp_path / "clips", people={"train": 1, "val": 1}, clips_each=4)
    learned = ("stages.0.learning_rate=2e-3", "validate_every_steps=40")
    teach(clips, *UNVARIED, *learned, _network(experts="adapter"), steps=40)
    teacher = ClipTeacher.open(tmp_path / "run")
    store = ClipStore.open(clips)
    numbers = [int(n) for n in store.select("drowsiness", "train")]
    shown = torch.cat([torch.from_numpy(teacher.seen.of(store.frames(n))) for n in numbers])
    logits, embedding = teacher.says(shown)
    truth = torch.tensor([int(store.rows[n].labels["drowsiness"]) for n in numbers])
    assert (logits.argmax(1) == truth).all()
    assert embedding.shape == (len(numbers), 192)


def test_training_goes_on_from_a_masked_autoencoder(teach: Teach, tmp_path: Path) -> None:
    torch.manual_seed(3)
    begun = MaskedClipAutoencoder(channels=1, **OPTIONS)
    torch.save({"state_dict": begun.state_dict()}, tmp_path / "mae.pt")
    clips = drawn_set(tmp_path / "clips")
    record = teach(
        clips,
        _network(experts="adapter"),
        f"init_from={tmp_path / 'mae.pt'}",
        "stages.0.learning_rate=1e-9",
        "ema_decay=0",
        steps=2,
    )
    assert record.init_from is not None and record.init_from.startswith("28 tensors taken over")
    weights = read_network(tmp_path / "run").weights
    name = "encoder.blocks.1.mlp.fc1.weight"
    assert torch.allclose(weights[name], begun.state_dict()[name], atol=1e-6)


def test_teacher_that_learned_pictures_as_well_teaches_clips(teach: Teach, tmp_path: Path) -> None:
    teach(drawn_set(tmp_path / "clips"), _network(picture_classes=2), steps=2)
    _with_task(tmp_path / "run", "joint", picture_share=0.25)
    teacher = ClipTeacher.open(tmp_path / "run")
    assert (teacher.question.label, teacher.outputs, teacher.seen.frames) == ("drowsiness", 2, 8)
    found = trainings_before(
        {"init_from": str(tmp_path / "run")}, tmp_path / "other" / "teacher.pt"
    )
    assert found.lost_at is None and found.trainings[0].options == teacher.options


def test_network_of_another_task_is_no_teacher(teach: Teach, tmp_path: Path) -> None:
    teach(drawn_set(tmp_path / "clips"), _network(), steps=2)
    _with_task(tmp_path / "run", "masked_clips")
    with pytest.raises(UserError, match="is no clip teacher"):
        ClipTeacher.open(tmp_path / "run")


def test_frames_that_make_no_tokens_end_the_training_in_a_sentence(
    teach: Teach, tmp_path: Path
) -> None:
    with pytest.raises(
        UserError, match=r"clips of 7 frames .* another patch_px or\s+tubelet_frames"
    ):
        teach(drawn_set(tmp_path / "clips"), _network(), "task.options.frames=7", steps=2)
