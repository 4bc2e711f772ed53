"""Trains a network of a table with the loop of `vigil train`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from model_compression.reproduce.jobs import Training
from model_compression.reproduce.shortened import with_steps
from model_compression.training.device import DeviceChoice
from model_compression.training.load_config import LoadedConfig, load_config
from model_compression.training.run_record import read_run
from model_compression.training.train import TrainingOptions, train


def train_job(
    training: Training, folder: Path, begins_with: Path | None, *, device: DeviceChoice
) -> None:
    """`Train`. device: where to train."""
    loaded = config_of(training, begins_with)
    before = read_run(folder)
    # A bar inside the table's own would be drawn over it; its lines are told. Those of a finished training were.
    console = Console(
        force_terminal=False,
        highlight=False,
        soft_wrap=True,
        quiet=before is not None and bool(before["finished"]),
    )
    # A finished training learns nothing more, but has to be of this configuration and of these sets.
    options = TrainingOptions(folder, device, resume=None if before is None else True)
    if train(loaded, options, console).stopped_by is not None:
        raise KeyboardInterrupt


def config_of(training: Training, begins_with: Path | None) -> LoadedConfig:
    """The configuration with the row's settings, the sets and the seed in it. Raises `UserError`."""
    # Whole paths, so that a run goes on from whatever folder the command is given in.
    said: dict[str, Any] = {
        "seed": training.seed,
        "data": [{"name": str(each.folder.resolve())} for each in training.sets],
        **training.settings_by_key(),
    }
    init_from = begins_with
    if init_from is None and training.weights is not None:
        init_from = Path(training.weights).expanduser()
    if init_from is not None:
        said["init_from"] = str(init_from.resolve())
    given = [
        *training.overrides,
        *(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in said.items()),
    ]
    loaded = load_config(training.config, given)
    if training.steps in (None, loaded.train.steps):
        return loaded
    return load_config(training.config, [*given, *with_steps(loaded.train.stages, training.steps)])
