"""Measures the averaged student every so many steps, and keeps the best in `student.pt` (or `teacher.pt`)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch

from edge_app.errors import UserError
from model_compression.training.curves import Curves
from model_compression.training.finite import FiniteLoss
from model_compression.training.learning import Learning
from model_compression.training.narrator import Narrator
from model_compression.training.network_file import write_network


class Validation(pl.Callback):
    """Runs on its interval, at the last step, and when a stop asks for it."""

    def __init__(self, file: Path, curves: Curves, narrator: Narrator, finite: FiniteLoss) -> None:
        self.best_step = 0
        self.best_metrics: dict[str, float] = {}
        self.last_step = 0
        self._file = file
        self._curves = curves
        self._narrator = narrator
        self._finite = finite

    def on_train_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        pl_module: Learning,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        step = trainer.global_step
        if step % pl_module.config.validate_every_steps == 0 or step == pl_module.schedule.steps:
            self.measure(trainer, pl_module)

    @torch.no_grad()
    def measure(self, trainer: pl.Trainer, learning: Learning) -> None:
        step = trainer.global_step
        if step == self.last_step:
            return
        self.last_step = step
        self._finite.check(learning)
        self._narrator.validating()
        student = learning.average.student
        measured = learning.task.validate(student, learning.device)
        metrics = {name: float(value) for name, value in measured.items()}
        is_best = self._is_best(metrics, learning)
        if is_best:
            self.best_step, self.best_metrics = step, metrics
            if trainer.is_global_zero:
                tell = getattr(learning.task, "told", None)
                told = {} if tell is None else tell()
                write_network(
                    self._file, student, learning.config, step=step, metrics=metrics, told=told
                )
        self._curves.validated(trainer, metrics)
        self._narrator.validated(step, self._curves.latest.get("losses", {}), metrics, is_best)

    def _is_best(self, metrics: dict[str, float], learning: Learning) -> bool:
        goal = learning.task.goal
        if goal.metric not in metrics:
            raise UserError(
                f"task.name: the task's goal `{goal.metric}` is not among what it measured: {', '.join(metrics)}."
            )
        now, before = metrics[goal.metric], self.best_metrics.get(goal.metric)
        if before is None:
            return True
        if not math.isfinite(now):
            return False
        return not math.isfinite(before) or (now > before if goal.mode == "max" else now < before)

    def state_dict(self) -> dict[str, Any]:
        return {
            "best_step": self.best_step,
            "best_metrics": self.best_metrics,
            "last_step": self.last_step,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best_step = state_dict["best_step"]
        self.best_metrics = state_dict["best_metrics"]
        self.last_step = state_dict["last_step"]
