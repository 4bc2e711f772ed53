"""The configuration that a training of a table is of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model_compression.reproduce.jobs import Training
from model_compression.reproduce.shortened import with_steps
from model_compression.training.load_config import LoadedConfig, load_config


def config_of(training: Training, begins_with: Path | None = None) -> LoadedConfig:
    """The configuration with the row's settings, the sets and the seed in it. Raises `UserError`.

    begins_with: the folder of the training whose weights it takes over.
    """
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


def configs_of(trainings: Iterable[Training]) -> list[tuple[str, LoadedConfig]]:
    """Those of trainings that differ in more than their seeds and sets, with their names. Raises `UserError`."""
    unlike = {(each.config, each.overrides, each.settings, each.steps): each for each in trainings}
    return [(each.config, config_of(each)) for each in unlike.values()]
