"""Trains the network of a run with the loop of `vigil train`, and lets it answer for the clips of the test set.

A training is kept in its folder: a finished one is read again, a stopped one goes on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.reproduce.embeddings import ClipEmbeddings
from model_compression.reproduce.paper1.run_task import RunTask
from model_compression.reproduce.paper1.runs import Run
from model_compression.reproduce.shortened import with_steps
from model_compression.training.clips.answered import AnsweredClips, answered
from model_compression.training.device import DeviceChoice
from model_compression.training.load_config import LoadedConfig, load_config
from model_compression.training.network_file import NetworkFile, read_network
from model_compression.training.run_record import read_run
from model_compression.training.tasks.clips import ClipOptions
from model_compression.training.train import TrainingOptions, train

# Classes that count as 1 where a run has two classes of three.
_POSITIVE_FROM: dict[tuple[int, ...], str] = {(0, 1, 1): "moderate", (0, 0, 1): "strong"}


def train_run(run: Run, folder: Path, *, device: DeviceChoice) -> ClipAnswers:
    """`TrainRun`. device: where to train and to answer."""
    made = _answered(run, folder, device)
    return made.answers(run.test_task.classes)


def embed_run(run: Run, folder: Path, *, device: DeviceChoice) -> ClipEmbeddings:
    """`EmbedRun`. device: where to train and to answer."""
    made = _answered(run, folder, device)
    return ClipEmbeddings(
        made.outputs["embedding"], made.truth, made.persons, made.videos, run.test_task.classes
    )


def config_of(run: Run) -> LoadedConfig:
    """The recipe's configuration with the run's network, task, clips and seed in it. Raises `UserError`."""
    said: dict[str, Any] = {
        "part": "teacher",
        "network.name": run.teacher.name,
        "seed": run.seed,
        "data": [{"name": str(run.train.folder)}],
        "task.name": "clips",
        "task.options.label": run.task.of,
        "task.options.objective": "sigmoid" if run.task.outputs == 1 else "softmax",
        "task.options.positive_from": _positive_from(run.task),
        "task.options.fold": run.fold or None,
        "task.options.choose_by": "people" if run.train.test_split == "val" else "val",
    }
    if run.teacher.name == "xception3d":
        said |= {f"network.options.{name}": value for name, value in run.teacher.options().items()}
    given = [
        *run.recipe.overrides,
        *(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in said.items()),
    ]
    loaded = load_config(run.recipe.config, given)
    if run.recipe.steps is None:
        return loaded
    shortened = with_steps(loaded.train.stages, run.recipe.steps)
    return load_config(run.recipe.config, [*given, *shortened])


def _positive_from(task: RunTask) -> str | None:
    return None if len(task.numbers) == len(task.classes) else _POSITIVE_FROM[task.numbers]


def _answered(run: Run, folder: Path, device: DeviceChoice) -> AnsweredClips:
    loaded = config_of(run)
    file = _trained(loaded, folder, device)
    store = ClipStore.open(run.test.folder)
    numbers = [number for number, row in enumerate(store.rows) if run.is_scored_on(row)]
    if not numbers:
        raise UserError(f"{run.test.folder}: has no clips to score {run.test_task.name} on.")
    truth = [run.test_task.class_of(store.rows[n].labels[run.test_task.of]) for n in numbers]
    seen = loaded.task_options.read(ClipOptions).seen()
    channels = file.choice.options["channels"]
    return answered(
        file.network(), store, numbers, truth, seen=seen, channels=channels, device=device
    )


def _trained(loaded: LoadedConfig, folder: Path, device: DeviceChoice) -> NetworkFile:
    """The best weights of the training in `folder`, which is begun, or goes on, until it is finished."""
    before = read_run(folder)
    # A bar inside the grid's own would be drawn over it; its lines are told. Those of a finished training were.
    console = Console(
        force_terminal=False,
        highlight=False,
        soft_wrap=True,
        quiet=before is not None and bool(before["finished"]),
    )
    # A finished training learns nothing more, but has to be of this configuration and of these clips.
    options = TrainingOptions(folder, device, resume=None if before is None else True)
    if train(loaded, options, console).stopped_by is not None:
        raise KeyboardInterrupt
    return read_network(folder)
