"""What a training says on the terminal: a header, a bar while somebody watches, one line for each validation."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from model_compression.training.learning import Learning

# The first steps warm caches up; the estimate is made from those after them.
_WARM_UP_STEPS = 3
_ESTIMATE_AFTER_S = 20.0


class Narrator(pl.Callback):
    """Knows how far the run is; others tell it what they found."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task_id = self._bar.add_task("", visible=False)
        self._steps_seen = 0
        self._timed_from: tuple[float, int] | None = None  # when, step
        self._step_ended_s = time.monotonic()
        self._waited_s = 0.0  # for samples, since `_timed_from`
        self._estimated = False

    def say(self, sentence: str) -> None:
        self._console.print(sentence, markup=False)

    def on_train_start(  # type: ignore[override]
        self, trainer: pl.Trainer, pl_module: Learning
    ) -> None:
        schedule = pl_module.schedule
        self._bar.update(
            self._task_id, total=schedule.steps, completed=trainer.global_step, visible=True
        )
        if self._console.is_terminal:  # a bar in a log file is an empty line
            self._bar.start()

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._waited_s += time.monotonic() - self._step_ended_s

    def on_train_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        pl_module: Learning,
        outputs: dict[str, Any],
        batch: Any,
        batch_idx: int,
    ) -> None:
        step = trainer.global_step
        moment = pl_module.schedule.at(step - 1)
        place = f"stage {moment.stage_index + 1}/{len(pl_module.schedule.stages)}"
        self._bar.update(self._task_id, completed=step, description=place)
        self._steps_seen += 1
        self._estimate(pl_module, step)
        self._step_ended_s = time.monotonic()

    def validating(self) -> None:
        self._bar.update(self._task_id, description="validating")
        self._timed_from = None  # a validation's time is not a step's

    def validated(
        self, step: int, losses: dict[str, float], metrics: dict[str, float], is_best: bool
    ) -> None:
        told = {**({"loss": losses["loss"]} if losses else {}), **metrics}
        figures = "  ".join(f"{name} {_short(value)}" for name, value in told.items())
        self.say(f"{time.strftime('%H:%M:%S')}  step {step}  {figures}{'  best' * is_best}")

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._bar.stop()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        self._bar.stop()

    def _estimate(self, learning: Learning, step: int) -> None:
        if self._estimated:
            return
        now_s = time.monotonic()
        if self._timed_from is None:
            if self._steps_seen > _WARM_UP_STEPS:
                self._timed_from, self._waited_s = (now_s, step), 0.0
            return
        begun_s, begun_step = self._timed_from
        if now_s - begun_s < _ESTIMATE_AFTER_S:
            return
        self._estimated = True
        schedule = learning.schedule
        seconds_a_step = (now_s - begun_s) / (step - begun_step)
        done = schedule.work(begun_step, step)
        left_s = (now_s - begun_s) * schedule.work(step, schedule.steps) / done
        waiting = self._waited_s / (now_s - begun_s)
        self.say(
            f"{seconds_a_step:.2f} s a step now, {waiting:.0%} of it waiting for samples; about"
            f" {_duration(left_s)} to go without validation"
        )


def _short(value: float) -> str:
    return f"{value:.4g}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
