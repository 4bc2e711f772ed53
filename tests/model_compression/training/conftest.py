"""A training small enough to be run in a second: a tiny student on a tiny task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from rich.console import Console

from model_compression.training.load_config import load_config
from model_compression.training.run_record import RunRecord
from tests.model_compression.training.tiny_task import TinyStudent

TASK = "tests.model_compression.training.tiny_task"

Train = Callable[..., RunRecord]


def tiny_config(**changes: Any) -> dict[str, Any]:
    return {
        "name": "tiny",
        "part": "face",
        "network": {"name": "tiny"},
        "task": {"name": TASK, "options": {"noise": 0.2}},
        "stages": [
            {"crop_px": 8, "steps": 6, "batch": 4, "learning_rate": 0.02, "warmup_steps": 2},
            {
                "crop_px": 12,
                "steps": 8,
                "batch": 3,
                "learning_rate": 0.01,
                "weight_decay": 0.1,
                "frozen": ["trunk"],
            },
        ],
        "validate_every_steps": 5,
        "log_every_steps": 4,
        "seed": 3,
        **changes,
    }


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads on pictures of 8 px only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def tiny_students(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every student that a training makes is a tiny one."""
    from model_compression.training import network_file, train

    def create(name: str, **options: Any) -> TinyStudent:
        return TinyStudent(**options)

    monkeypatch.setattr(train, "create_network", create)
    monkeypatch.setattr(network_file, "create_network", create)


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    def write(**changes: Any) -> Path:
        path = tmp_path / "tiny.yaml"
        path.write_text(yaml.safe_dump(tiny_config(**changes), sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture
def train_tiny(write_config: Callable[..., Path], tmp_path: Path, tiny_students: None) -> Train:
    """Train into `out`; `said` collects what is printed, `overrides` are `--set` options."""
    from model_compression.training import train

    def run(
        out: str = "run",
        *,
        overrides: tuple[str, ...] = (),
        said: StringIO | None = None,
        resume: bool | None = None,
        max_minutes: float | None = None,
        **changes: Any,
    ) -> RunRecord:
        console = Console(file=said or StringIO(), soft_wrap=True)
        options = train.TrainingOptions(
            out=tmp_path / out, device="cpu", resume=resume, max_minutes=max_minutes
        )
        return train.train(load_config(str(write_config(**changes)), overrides), options, console)

    return run
