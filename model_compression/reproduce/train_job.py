"""Trains a network of a table with the loop of `vigil train`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from model_compression.reproduce.job_config import config_of
from model_compression.reproduce.jobs import Training
from model_compression.training.device import DeviceChoice
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
