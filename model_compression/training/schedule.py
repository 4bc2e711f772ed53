"""Which stage a step belongs to, and how fast the student learns there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from model_compression.training.config import Stage


@dataclass(frozen=True, slots=True)
class Moment:
    """A step seen from its stage."""

    stage_index: int
    stage: Stage
    step: int  # counted from the stage's first
    learning_rate: float


class Schedule:
    """The stages one after another; a pure function of the step, so a resumed run needs no state for it."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.stages = tuple(stages)
        self.steps = sum(stage.steps for stage in self.stages)

    def at(self, step: int) -> Moment:
        """step: of the whole run, from 0; past the end it is the last."""
        step = min(step, self.steps - 1)
        for index, stage in enumerate(self.stages):
            if step < stage.steps:
                return Moment(index, stage, step, learning_rate(stage, step))
            step -= stage.steps
        raise AssertionError("a schedule has at least one stage")

    def work(self, first_step: int, last_step: int) -> float:
        """What these steps cost, in pixels seen: for an estimate of the time left."""
        total, begin = 0.0, 0
        for stage in self.stages:
            inside = min(last_step, begin + stage.steps) - max(first_step, begin)
            total += max(inside, 0) * stage.batch * stage.crop_px**2
            begin += stage.steps
        return total


def learning_rate(stage: Stage, step: int) -> float:
    """Linear warm-up from 0, then half a cosine (Loshchilov, Hutter 2017) or steps, down to `final_learning_rate`."""
    if step < stage.warmup_steps:
        return stage.learning_rate * (step + 1) / stage.warmup_steps
    if stage.decay == "steps":
        falls = (step - stage.warmup_steps) // stage.decay_every_steps
        return max(stage.learning_rate * stage.decay_factor**falls, stage.final_learning_rate)
    share = (step - stage.warmup_steps) / max(stage.steps - stage.warmup_steps - 1, 1)
    fall = stage.learning_rate - stage.final_learning_rate
    return stage.final_learning_rate + fall * 0.5 * (1.0 + math.cos(math.pi * share))
