"""Ends a run whose loss is no longer a number, before anything of it is kept, and saves which samples it was."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch

from edge_app.errors import UserError
from model_compression.training.batches import places_of
from model_compression.training.learning import Learning

NOT_FINITE_FILE = "not-finite.json"
_NEVER = 2**62


class FiniteLoss:
    """Looks at what `Learning` noted on the device, which costs a wait for it: so only now and then."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def check(self, learning: Learning) -> None:
        """Raises `UserError` once a loss was not finite; the batch's samples then stand in `not-finite.json`."""
        first = learning.first_step_not_finite
        # Of processes that learn together, the others meet it a step later, through the gradients.
        noted = torch.where(first < 0, torch.full_like(first, _NEVER), first)
        step = int(learning.trainer.strategy.reduce(noted, reduce_op="min"))
        if step == _NEVER:
            return
        if learning.share.rank == 0:
            self._write(learning, step)
        raise UserError(
            f"the loss, or its gradient, is no longer a finite number at step {step + 1}; lower"
            f" stages.{learning.schedule.at(step).stage_index}.learning_rate or set gradient_clip, and continue from"
            f" the last checkpoint with --resume; its samples are named in {self._file}."
        )

    def _write(self, learning: Learning, step: int) -> None:
        moment = learning.schedule.at(step)
        places = places_of(learning.schedule, step)
        samples = learning.task.samples(moment.stage, moment.stage_index, learning.config.seed)
        name = getattr(samples, "name", None)
        content = {
            "step": step + 1,
            "stage": moment.stage_index,
            "seed": learning.config.seed,
            "learning_rate": moment.learning_rate,
            "positions": [position for _, position in places],
            "samples": [name(position) for _, position in places] if name else None,
        }
        unfinished = self._file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
        os.replace(unfinished, self._file)
