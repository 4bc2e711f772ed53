"""A loss that is no number ends a run before anything of it is kept, and tells which samples it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from edge_app.errors import UserError
from model_compression.training.task import Batch
from tests.model_compression.training.conftest import Train
from tests.model_compression.training.tiny_task import TinySamples, TinyTask

BAD_STEP = 6  # counted from 1; validation is at 5, a window of the curves ends at 8


@pytest.fixture
def bad_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, seen = TinyTask.losses, 0

    def losses(self: TinyTask, student: torch.nn.Module, batch: Batch) -> dict[str, torch.Tensor]:
        nonlocal seen
        seen += 1
        found = plain(self, student, batch)
        return (
            {name: value * float("nan") for name, value in found.items()}
            if seen == BAD_STEP
            else found
        )

    monkeypatch.setattr(TinyTask, "losses", losses)
    monkeypatch.setattr(
        TinySamples, "name", lambda self, position: f"clip {position}", raising=False
    )


def test_samples_of_the_step_are_saved(train_tiny: Train, bad_batch: None, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"at step {BAD_STEP}; .*not-finite\.json"):
        train_tiny()
    told = json.loads((tmp_path / "run" / "not-finite.json").read_text())
    assert (told["step"], told["stage"], told["seed"]) == (BAD_STEP, 0, 3)
    assert told["positions"] == [20, 21, 22, 23], "the sixth batch of four"
    assert told["samples"] == ["clip 20", "clip 21", "clip 22", "clip 23"]


def test_checkpoint_of_before_is_not_replaced(
    train_tiny: Train, bad_batch: None, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no longer a finite number"):
        train_tiny(checkpoint_every_minutes=1e-5)
    kept = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    assert kept["global_step"] == BAD_STEP - 1
    assert all(
        torch.isfinite(value).all()
        for value in kept["state_dict"].values()
        if value.is_floating_point()
    )


def test_weights_of_before_are_not_replaced_by_a_validation(
    train_tiny: Train, bad_batch: None, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no longer a finite number"):
        train_tiny(validate_every_steps=BAD_STEP, log_every_steps=100)
    assert not (tmp_path / "run" / "student.pt").exists()


def test_gradient_that_is_no_number_counts_as_well(
    train_tiny: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, seen = TinyTask.losses, 0

    def losses(self: TinyTask, student: torch.nn.Module, batch: Batch) -> dict[str, torch.Tensor]:
        nonlocal seen
        seen += 1
        found = plain(self, student, batch)
        if seen == BAD_STEP:  # the loss is a number, its slope is not
            found["loss"] = found["loss"] + (found["loss"] * 0).sqrt()
        return found

    monkeypatch.setattr(TinyTask, "losses", losses)
    with pytest.raises(
        UserError, match=rf"or its gradient, is no longer a finite number at step {BAD_STEP}"
    ):
        train_tiny(checkpoint_every_minutes=1e-5)
    kept = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    assert kept["global_step"] == BAD_STEP - 1
