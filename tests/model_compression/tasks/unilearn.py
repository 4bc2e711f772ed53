"""Trainings of paper 3 small enough for seconds: clips of a moving spot, pictures of a spot."""

from __future__ import annotations

import json
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
from model_compression.training.task import Batch, Task, TaskInput
from model_compression.training.tasks import open_task
from model_compression.training.train import TrainingOptions, train
from tests.model_compression.clips.drawn_clips import drawn_set
from tests.model_compression.tasks.drawn_pictures import drawn_pictures

TINY = (
    "network.options.depth=2",
    "task.options.frames=8",
    "task.options.measured_px=32",
    "stages.0.crop_px=32",
    "stages.0.batch=8",
    "stages.0.warmup_steps=1",
    "stages.0.learning_rate=2e-3",
    "ema_decay=0.5",
)
UNCUT = {"smallest_area": 1, "mirror": 0}
UNVARIED = {
    **UNCUT,
    "rotation_deg": 0,
    "shift": 0,
    "smallest_scale": 1,
    "largest_scale": 1,
    "light": 0,
    "colourless": 0,
    "erase": 0,
}


def clips_of(folder: Path, **changes: Any) -> Path:
    return drawn_set(folder, **{"task": "expression", "people": {"train": 3, "val": 1}, **changes})


def pictures_of(folder: Path, **changes: Any) -> Path:
    return drawn_pictures(folder, **{"task": "expression", "values": False, **changes})


def opened(task: str, *sets: Path, part: Any = "teacher", **options: Any) -> Task:
    """The task on sets that are shown as they are."""
    varied = UNVARIED if task == "joint" else UNCUT
    return open_task(
        task,
        TaskInput(
            part,
            tuple(DataSet(name=str(folder)) for folder in sets),
            OptionGroup.of(options),
            OptionGroup.of({"clips": varied, "pictures": varied}),
            None,
        ),
    )


def learn(
    config: str, sets: tuple[Path, ...], out: Path, *overrides: str, resume: bool | None = None
) -> RunRecord:
    """Train one of Vigil's configurations, made tiny, on one thread."""
    data = json.dumps([{"name": str(folder)} for folder in sets])
    options = TrainingOptions(out=out, device="cpu", resume=resume)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return train(
            load_config(config, [*TINY, f"data={data}", *overrides]),
            options,
            Console(file=StringIO(), soft_wrap=True),
        )
    finally:
        torch.set_num_threads(threads)


def stop_at(step: int, task: type[Any], patch: pytest.MonkeyPatch) -> None:
    """A signal comes while the losses of this step are computed."""
    plain, seen = task.losses, 0

    def losses(self: Any, student: torch.nn.Module, batch: Batch) -> Any:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(self, student, batch)

    patch.setattr(task, "losses", losses)


def weights_in(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder / "last.ckpt", weights_only=True)
    return content["state_dict"]  # type: ignore[no-any-return]
