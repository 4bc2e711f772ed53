"""Ends a run early and cleanly: the time allowed is over, or somebody sent SIGTERM or pressed Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

import lightning.pytorch as pl

from model_compression.training.learning import Learning
from model_compression.training.together import any_process
from model_compression.training.validation import Validation

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopping(pl.Callback):
    """Lets the run end after the step in progress; the checkpoints then keep it."""

    def __init__(self, validation: Validation, max_minutes: float | None) -> None:
        self.reason: str | None = None
        self.signal_number: int | None = None
        self._validation = validation
        self._max_s = None if max_minutes is None else 60.0 * max_minutes
        self._begun_s = time.monotonic()
        self._before: dict[int, Any] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Here rather than earlier: Lightning has put its own handlers up by now, and they would lose the checkpoint.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._asked) for number in _SIGNALS}

    def on_train_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        pl_module: Learning,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        done = trainer.global_step >= pl_module.schedule.steps
        if any_process(trainer, self.signal_number is not None):
            self.reason = signal.Signals(self.signal_number or signal.SIGTERM).name
        elif self._max_s is not None and any_process(
            trainer, time.monotonic() - self._begun_s > self._max_s
        ):
            self.reason = "--max-minutes"
            self._validation.measure(trainer, pl_module)
        if done:
            self.reason = None
        if done or self.reason is not None:
            trainer.should_stop = True

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._restore()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        self._restore()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.signal_number = number
        # A second Ctrl-C means now.
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
