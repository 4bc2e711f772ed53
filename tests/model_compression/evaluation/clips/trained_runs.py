"""Small networks trained for real on drawn clips, files that say otherwise, and `vigil evaluate-teacher` on them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from edge_app.errors import UserError
from model_compression.commands.evaluate_teacher import evaluate_teacher
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import read_index
from model_compression.training.load_config import load_config
from model_compression.training.train import TrainingOptions, train
from tests.model_compression.clips.conftest import TINY

app = typer.Typer()
app.command()(evaluate_teacher)


@dataclass(frozen=True)
class Trained:
    """Networks of two steps, and the clips that they learned from."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here does not hang on the width of an interval."""
    monkeypatch.setattr("model_compression.evaluation.figure._REPLICATES", 40)


def learn(out: Path, clips: Path, *extra: str, resume: bool | None = None) -> Path:
    """`out`, with a network of two steps in it."""
    given = [*TINY, "stages.0.steps=2", f'data=[{{"name": "{clips}"}}]', *extra]
    options = TrainingOptions(out, "cpu", resume=resume)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        train(load_config("xception3d-small", given), options, Console(file=StringIO()))
    finally:
        torch.set_num_threads(threads)
    return out


def with_content(folder: Path, source: Path, **changed: Any) -> Path:
    """A network file that says otherwise, without a record beside it."""
    content = torch.load(source / "teacher.pt", weights_only=True)
    folder.mkdir(exist_ok=True)
    torch.save({**content, **changed}, folder / "teacher.pt")
    return folder


def with_classes(folder: Path, source: Path, label: str, *names: str) -> Path:
    """A copy of a set whose classes have other names, or another order."""
    shutil.copytree(source, folder)
    index = read_index(folder)
    replace(index, classes={**index.classes, label: names}).write(folder)
    return folder


def evaluated(*words: Path | str) -> Result:
    threads = torch.get_num_threads()
    try:
        done = CliRunner().invoke(app, [*map(str, words), "--threads", "1", "--device", "cpu"])
    finally:
        torch.set_num_threads(threads)
    if isinstance(done.exception, UserError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def document(out: Path, *words: Path | str) -> dict[str, Any]:
    evaluated(*words, "--json", out / "report.json")
    read: dict[str, Any] = json.loads((out / "report.json").read_text())
    return read


def changed(folder: Path, source: Path, change: Callable[[ClipRow], ClipRow]) -> Path:
    """A copy of a set with other rows."""
    shutil.copytree(source, folder)
    index = read_index(folder)
    replace(index, rows=tuple(map(change, index.rows))).write(folder)
    return folder
