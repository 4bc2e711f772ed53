"""A clip teacher small enough to be trained in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from model_compression.training.load_config import load_config
from model_compression.training.run_record import RunRecord

TINY = (
    "network.options.width=0.06",
    "network.options.middle_blocks=1",
    "network.options.temporal_stride=[1,1,2,2,1]",
    "network.options.dropout=0",
    "task.options.frames=8",
    "task.options.measured_px=32",
    "task.options.label_smoothing=0",
    "stages.0.crop_px=32",
    "stages.0.batch=8",
    "stages.0.warmup_steps=1",
)
UNVARIED = (
    "augmentation.mirror=0",
    "augmentation.rotation_deg=0",
    "augmentation.shift=0",
    "augmentation.smallest_scale=1",
    "augmentation.largest_scale=1",
    "augmentation.light=0",
    "augmentation.erase=0",
)

Teach = Callable[..., RunRecord]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def teach(tmp_path: Path) -> Teach:
    """Train `xception3d-small`, tiny, on prepared clips into `out`."""
    from model_compression.training.train import TrainingOptions, train

    def run(
        clips: Path,
        *overrides: str,
        out: str = "run",
        steps: int = 4,
        resume: bool | None = None,
        said: StringIO | None = None,
    ) -> RunRecord:
        loaded = load_config(
            "xception3d-small",
            [*TINY, f"stages.0.steps={steps}", f'data=[{{"name": "{clips}"}}]', *overrides],
        )
        options = TrainingOptions(out=tmp_path / out, device="cpu", resume=resume)
        return train(loaded, options, Console(file=said or StringIO(), soft_wrap=True))

    return run


def saved(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = torch.load(folder / "last.ckpt", weights_only=True)
    return content
