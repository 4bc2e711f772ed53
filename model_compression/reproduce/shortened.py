"""Fewer steps, or more, than a configuration has: shared among its stages as they were."""

from __future__ import annotations

from model_compression.training.config import Stage

_VALIDATIONS = 8  # of a training whose steps are not the configuration's


def with_steps(stages: tuple[Stage, ...], steps: int) -> list[str]:
    """Overrides for as many steps in all, each stage's share as it was."""
    share = steps / sum(stage.steps for stage in stages)
    said = [f"validate_every_steps={max(1, steps // _VALIDATIONS)}"]
    for number, stage in enumerate(stages):
        own = max(2, round(stage.steps * share))
        warm_up = min(round(stage.warmup_steps * share), own - 1)
        said += [f"stages.{number}.steps={own}", f"stages.{number}.warmup_steps={warm_up}"]
        if stage.decay_every_steps:
            every = max(1, round(stage.decay_every_steps * share))
            said.append(f"stages.{number}.decay_every_steps={every}")
    return said
