"""The curves of a run: mean losses over a window of steps, every validation; kept through interruptions."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from torch import Tensor

from model_compression.training.finite import FiniteLoss
from model_compression.training.learning import Learning
from model_compression.training.task import Batch

CURVES_FILE = "curves.json"


class Curves(pl.Callback):
    """Collects what `curves.json` and TensorBoard show."""

    def __init__(self, file: Path, log_every_steps: int, finite: FiniteLoss) -> None:
        self.points: list[dict[str, Any]] = []
        self.validations: list[dict[str, Any]] = []
        self._file = file
        self._every = log_every_steps
        self._finite = finite
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}  # of the steps that told the name
        self._seconds_before = 0.0
        self._begun_s = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time spent on the steps so far, over all continuations."""
        return self._seconds_before + time.monotonic() - self._begun_s

    @property
    def latest(self) -> dict[str, Any]:
        return self.points[-1] if self.points else {}

    def on_train_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        pl_module: Learning,
        outputs: dict[str, Tensor],
        batch: Batch,
        batch_idx: int,
    ) -> None:
        for name, value in outputs.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value.clone()
            self._counts[name] = self._counts.get(name, 0) + 1
        step = trainer.global_step
        if step % self._every and step != pl_module.schedule.steps:
            return
        moment = pl_module.schedule.at(step - 1)
        self._finite.check(pl_module)
        losses = {
            name: float(trainer.strategy.reduce(value, reduce_op="mean")) / self._counts[name]
            for name, value in self._sums.items()
        }
        self._sums, self._counts = {}, {}
        self.points.append(
            {
                "step": step,
                "stage": moment.stage_index,
                "learning_rate": moment.learning_rate,
                "seconds": round(self.seconds, 1),
                "losses": losses,
            }
        )
        self._to_logger(trainer, {f"train/{name}": value for name, value in losses.items()}, step)
        self._to_logger(trainer, {"learning_rate": moment.learning_rate}, step)

    def validated(self, trainer: pl.Trainer, metrics: dict[str, float]) -> None:
        """Called by the validation."""
        step = trainer.global_step
        self.validations.append(
            {"step": step, "seconds": round(self.seconds, 1), "metrics": metrics}
        )
        self._to_logger(trainer, {f"val/{name}": value for name, value in metrics.items()}, step)
        if trainer.is_global_zero:
            self.write()

    def write(self) -> None:
        content = {"train": self.points, "validation": self.validations}
        unfinished = self._file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
        os.replace(unfinished, self._file)

    def state_dict(self) -> dict[str, Any]:
        return {
            "points": self.points,
            "validations": self.validations,
            "sums": {name: value.cpu() for name, value in self._sums.items()},
            "counts": self._counts,
            "seconds": self.seconds,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.points = state_dict["points"]
        self.validations = state_dict["validations"]
        self._sums = state_dict["sums"]
        # Runs that were begun when every step told every name have one count.
        of_all = dict.fromkeys(self._sums, state_dict.get("count", 0))
        self._counts = state_dict.get("counts", of_all)
        self._seconds_before = state_dict["seconds"]

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._sums = {name: value.to(pl_module.device) for name, value in self._sums.items()}
        self._begun_s = time.monotonic()

    @staticmethod
    def _to_logger(trainer: pl.Trainer, values: dict[str, float], step: int) -> None:
        if trainer.logger is not None:
            trainer.logger.log_metrics(values, step)
