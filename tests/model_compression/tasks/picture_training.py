"""Picture networks small enough to be trained in seconds, on drawn pictures."""

from __future__ import annotations

import os
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from model_compression.training.config import DataSet
from model_compression.training.load_config import load_config
from model_compression.training.options import OptionGroup
from model_compression.training.run_record import RunRecord
from model_compression.training.task import Task, TaskInput
from model_compression.training.tasks import open_task
from model_compression.training.train import TrainingOptions, train

UNVARIED = {"mirror": 0, "smallest_area": 1, "largest_aspect": 1, "light": 0}
TINY = (
    "network.options={backbone: mobilefacenet, side_px: 32, width: 0.25, activation: relu, dropout: 0}",
    "optimizer=adamw",
    "ema_decay=0",
    "workers=0",
    "precision=float32",
)


def opened(task: str, *folders: Path, weights: tuple[float, ...] = (), **options: Any) -> Task:
    """The task on prepared sets, its pictures shown as they are."""
    sets = tuple(
        DataSet(name=str(folder), weight=weights[n] if weights else 1.0)
        for n, folder in enumerate(folders)
    )
    return open_task(
        task,
        TaskInput("network", sets, OptionGroup.of(options), OptionGroup.of(UNVARIED), None),
    )


def learn(
    config: str, prepared: Path, out: Path, *overrides: str, resume: bool | None = None
) -> RunRecord:
    """Train one of Vigil's configurations, made tiny, on a prepared set."""
    told = [*TINY, f'data=[{{"name": "{prepared}"}}]', *overrides]
    options = TrainingOptions(out=out, device="cpu", resume=resume)
    return train(load_config(config, told), options, Console(file=StringIO(), soft_wrap=True))


def stages(steps: int, *, batch: int = 16, learning_rate: float = 5e-3) -> str:
    return (
        f"stages=[{{crop_px: 32, steps: {steps}, batch: {batch}, learning_rate: {learning_rate},"
        f" warmup_steps: {min(5, steps - 1)}}}]"
    )


def same_after_a_stop(
    config: str,
    prepared: Path,
    folder: Path,
    task: type,
    patched: pytest.MonkeyPatch,
    *overrides: str,
) -> bool:
    """Whether a run of five steps that was stopped in its third ends where an uninterrupted one does."""
    told = (
        *overrides,
        "network.options.dropout=0.3",
        "ema_decay=0.9",
        "sam_rho=0.05",
        stages(5, batch=8),
        "validate_every_steps=100",
    )
    learn(config, prepared, folder / "whole", *told)
    plain, seen = task.losses, 0  # type: ignore[attr-defined]

    def losses(self: Any, student: Any, batch: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == 6:  # SAM asks twice a step
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(self, student, batch)

    with patched.context() as patch:
        patch.setattr(task, "losses", losses)
        assert learn(config, prepared, folder / "parts", *told).steps == 3
    assert learn(config, prepared, folder / "parts", *told, resume=True).finished
    whole, parts = (
        torch.load(folder / name / "last.ckpt", weights_only=True)["state_dict"]
        for name in ("whole", "parts")
    )
    return all(torch.equal(value, parts[name]) for name, value in whole.items())
