"""One training and scoring of a grid: a network, its seed, the clips that it learns from and those it is scored on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_compression.data.clips.clip_row import ClipRow
from model_compression.reproduce.named_sets import CannotRunError
from model_compression.reproduce.paper1.data_sets import SIMULATED, DataSets, PreparedSet
from model_compression.reproduce.paper1.grid import Asked
from model_compression.reproduce.paper1.run_task import RunTask
from model_compression.reproduce.paper1.teacher_choice import TeacherChoice


@dataclass(frozen=True, slots=True)
class Recipe:
    """How every network of a grid is trained; the grid itself says which network, task, clips and seed."""

    config: str = "xception3d"  # a training configuration that comes with Vigil, or a file
    steps: int | None = None  # None: as many as the configuration has
    overrides: tuple[str, ...] = ()  # `key.path=value` over the configuration


@dataclass(frozen=True, slots=True)
class Run:
    teacher: TeacherChoice
    task: RunTask
    train: PreparedSet
    test: PreparedSet
    test_task: RunTask
    fold: int  # of `train`, held out; 0: none
    seed: int
    recipe: Recipe = Recipe()

    @property
    def training_id(self) -> str:
        """The same for runs that differ only in what they are scored on: they share one network."""
        fold = f"-fold-{self.fold}" if self.fold else ""
        return f"{self.teacher.slug}--{self.task.name}--{self.train.name}{fold}--seed-{self.seed}"

    @property
    def id(self) -> str:
        other = f"-{self.test_task.name}" if self.test_task != self.task else ""
        return f"{self.training_id}--on-{self.test.name}{other}"

    def is_scored_on(self, row: ClipRow) -> bool:
        """Of the clips of `test`."""
        if self.test_task.of not in row.labels:
            return False
        if self.fold and self.test.name == self.train.name:
            return row.fold == self.fold
        return not self.test.test_split or row.split == self.test.test_split

    def description(self) -> Mapping[str, Any]:
        """What the answers depend on; a run continues only as what it was."""
        return {
            "teacher": {"name": self.teacher.name, **self.teacher.options()},
            "task": self.task.name,
            "test_task": self.test_task.name,
            "train": [self.train.name, self.train.fingerprint],
            "test": [self.test.name, self.test.fingerprint],
            "fold": self.fold,
            "seed": self.seed,
            "config": self.recipe.config,
            "steps": self.recipe.steps,
            "set": list(self.recipe.overrides),
        }


@dataclass(frozen=True, slots=True)
class Experiment:
    """All runs behind one number: for each seed, one run or one for each fold."""

    by_seed: tuple[tuple[Run, ...], ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(run for folds in self.by_seed for run in folds)

    @property
    def simulated(self) -> bool:
        return any(run.train.simulated or run.test.simulated for run in self.runs)


def experiment(asked: Asked, sets: DataSets, *, seeds: int, recipe: Recipe) -> Experiment:
    """Raises `CannotRunError`.

    A set with folds is scored fold by fold. Where it is another set that is scored, the network learns from all folds.
    """
    train, test = set_for(asked.train, asked.task, sets), set_for(asked.test, asked.test_task, sets)
    if train.name == test.name and not (train.folds or train.test_split):
        raise CannotRunError(f"{train.name} has neither folds nor a split to be scored on")
    folds = train.folds if train.folds and train.name == test.name else (0,)
    return Experiment(
        tuple(
            tuple(
                Run(asked.teacher, asked.task, train, test, asked.test_task, fold, seed, recipe)
                for fold in folds
            )
            for seed in range(1, seeds + 1)
        )
    )


def set_for(role: str, task: RunTask, sets: DataSets) -> PreparedSet:
    """The set that plays a role and is labelled for the task. Raises `CannotRunError`."""
    found = sets.for_role(role)
    if found is None:
        raise CannotRunError(
            f"no folder for {role}: give --data {role}=FOLDER or --data {SIMULATED}=FOLDER"
        )
    if task.of not in found.classes:
        raise CannotRunError(f"{found.name} has no clips that are labelled for {task.of}")
    if len(found.classes[task.of]) != len(task.numbers):
        raise CannotRunError(
            f"{found.name} tells {len(found.classes[task.of])} classes of {task.of}, the paper"
            f" {len(task.numbers)}"
        )
    return found
