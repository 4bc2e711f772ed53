"""Networks of faces and sound small enough to be trained in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.model_compression.workshop import MISSING

if TYPE_CHECKING:
    from model_compression.training.run_record import RunRecord

# Their modules import torch at the top, as the code they test does.
collect_ignore = (
    [
        *("test_audio_visual_task.py", "test_evaluate_frames.py", "test_focal_loss.py"),
        *("test_lambda_fusion.py", "test_safe_attention.py", "test_safe_cross_attention.py"),
        *("test_windows_to_onnx.py", "test_packing.py"),
    ]
    if MISSING
    else []
)

TINY = {
    "safe-cross-attention": (
        "network.options.width=32",
        "network.options.layers=1",
        "network.options.attention_heads=4",
        "network.options.dropout=0",
    ),
    "lambda-fusion": (
        "network.options.hidden=32",
        "network.options.context=2",
        "network.options.dropout=0",
        "task.options.choose_by=people",
    ),
}

Teach = Callable[..., "RunRecord"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    if MISSING:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def teach(tmp_path: Path) -> Teach:
    """Train a configuration, tiny, on frame features into `out`."""
    from rich.console import Console

    from model_compression.training.load_config import load_config
    from model_compression.training.train import TrainingOptions, train

    def run(
        features: Path,
        *overrides: str,
        config: str = "safe-cross-attention",
        out: str = "run",
        steps: int = 4,
        resume: bool | None = None,
    ) -> RunRecord:
        told = [
            *TINY[config],
            "task.options.window=16",
            "task.options.label=mood",
            "task.options.sound=voice",
            "task.options.smoothing_frames=3",
            f"stages.0.steps={steps}",
            "stages.0.batch=16",
            "stages.0.warmup_steps=1",
            "stages.0.learning_rate=3e-3",
            "ema_decay=0",
            f"validate_every_steps={steps}",
            f'data=[{{"name": "{features}"}}]',
            *overrides,
        ]
        options = TrainingOptions(out=tmp_path / out, device="cpu", resume=resume)
        console = Console(file=StringIO(), soft_wrap=True)
        return train(load_config(config, told), options, console)

    return run
