"""Keeps what a run can be resumed from: one file, replaced every so many minutes and whenever the run ends."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import lightning.pytorch as pl


class Checkpoints(pl.Callback):
    """Saves after a step. Lightning's own `ModelCheckpoint` keeps no time under manual optimisation.

    Comes after every callback whose state belongs into the file.
    """

    def __init__(self, file: Path, every_minutes: float) -> None:
        self._file = file
        self._every_s = 60.0 * every_minutes
        self._saved_s = time.monotonic()

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        if trainer.should_stop or time.monotonic() - self._saved_s >= self._every_s:
            trainer.save_checkpoint(self._file)
            self._saved_s = time.monotonic()
