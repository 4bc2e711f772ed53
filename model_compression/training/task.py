"""What a student can learn: a task makes samples, turns a batch into losses, and measures a student.

The loop knows nothing of faces; a task knows nothing of optimisers, checkpoints or devices. One task is one file in
`tasks/`, with a function `open_task(given: TaskInput) -> Task`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from torch import Tensor, nn

from model_compression.training.config import DataSet, Part, Stage
from model_compression.training.options import OptionGroup

Sample = Mapping[
    str, Any
]  # name -> array, number or tensor of one sample, as `default_collate` takes
Batch = dict[str, Tensor]  # name -> tensor whose first axis counts samples


@dataclass(frozen=True, slots=True)
class Goal:
    """The metric of `Task.validate` by which the best weights are kept."""

    metric: str
    mode: Literal["max", "min"]


@dataclass(frozen=True, slots=True)
class TaskInput:
    """What a task is opened with."""

    part: Part
    sets: tuple[DataSet, ...]
    options: OptionGroup  # `task.options`; `given.options.read(MyOptions)` checks them
    augmentation: OptionGroup  # `augmentation`, read alike
    data: Path | None  # folder of the raw sets (`--data`), None: not told


class Samples(Protocol):
    """Endless samples of one stage by position; `position = step * batch + index in the batch`.

    The same position gives the same sample whatever was asked before: draw everything random from
    `seeds.generator_at(seed, stage_index, position)`. That is what makes a resumed run equal an uninterrupted one.

    A class may also have `__getitems__(positions: list[int])`, which returns either a list of samples or, quicker for
    vectorised work, the finished batch as one mapping.
    """

    def __getitem__(self, position: int) -> Sample: ...


@runtime_checkable
class Task(Protocol):
    """A task that is also an `nn.Module` may hold parameters of its own (such as loss weights): they learn too."""

    goal: Goal

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        """What the student sees in `stage`."""
        ...

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Scalars of one batch: `loss` is what is minimised, the others are its parts, for the curves."""
        ...

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Metrics of a student in eval mode on data held out; called without gradients."""
        ...

    def fingerprints(self) -> dict[str, str]:
        """Set -> hash of the data learned from; goes into the model card."""
        ...
