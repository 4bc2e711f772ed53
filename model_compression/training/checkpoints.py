"""Keeps what a run can be resumed from: one file, replaced every so many minutes and whenever the run ends."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch

from edge_app.errors import UserError
from model_compression.training.finite import FiniteLoss
from model_compression.training.learning import Learning
from model_compression.training.together import any_process

# What torch raises for what is no checkpoint, or only the beginning of one.
_DAMAGED = (
    *(EOFError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError),
    pickle.UnpicklingError,
)


def step_of(file: Path) -> int:
    """After how many steps a checkpoint was kept. Raises `UserError` for one that cannot be gone on from."""
    try:
        with file.open("rb"):
            pass
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error}).") from error
    try:
        return int(torch.load(file, map_location="cpu", weights_only=True)["global_step"])
    except _DAMAGED as error:
        raise UserError(f"{file}: is damaged; begin the run again with --fresh.") from error


class Checkpoints(pl.Callback):
    """Saves after a step. Lightning's own `ModelCheckpoint` keeps no time under manual optimisation.

    Comes after every callback whose state belongs into the file.
    """

    def __init__(self, file: Path, every_minutes: float, finite: FiniteLoss) -> None:
        self._file = file
        self._finite = finite
        self._every_s = 60.0 * every_minutes
        self._saved_s = time.monotonic()

    def on_train_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        pl_module: Learning,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        due = trainer.should_stop or time.monotonic() - self._saved_s >= self._every_s
        if any_process(trainer, due):  # saving waits for all of them
            self._finite.check(pl_module)
            trainer.save_checkpoint(self._file)
            self._saved_s = time.monotonic()
