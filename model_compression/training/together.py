"""Processes that learn together, one for each device: what they have to agree on, and which of them writes."""

from __future__ import annotations

import os

import lightning.pytorch as pl


def any_process(trainer: pl.Trainer, so: bool) -> bool:
    """Whether it is so for any of the processes; each asks at the same step, and all get one answer."""
    if trainer.world_size == 1:
        return so
    return bool(trainer.strategy.reduce_boolean_decision(so, all=False))


def writes() -> bool:
    """Whether this process is the one that writes the run's folder. Known before the others are even started."""
    return int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0"))) == 0
