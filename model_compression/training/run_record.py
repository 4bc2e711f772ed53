"""`run.json`: what a model card has to say about how a student was trained."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from edge_app import __version__
from edge_app.errors import UserError
from model_compression.training.config import TrainConfig

RUN_FILE = "run.json"
_PACKAGES = ("torch", "lightning", "numpy", "opencv-python-headless")
_CODE = ("model_compression", "edge_app", "calibration")
# What may change between an interruption and its continuation without changing the weights.
FREE_KEYS = frozenset(("workers", "checkpoint_every_minutes"))


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Written at the beginning, and again at each end."""

    config: Mapping[str, Any]
    data: Mapping[str, str]  # set -> hash, as the task tells them
    commands: tuple[tuple[str, ...], ...]  # the first, then each continuation
    code: Mapping[str, Any]
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    init_from: str | None = None  # what was taken over, in words
    parameters: int = 0
    finished: bool = False
    stopped_by: str | None = None
    steps: int = 0
    seconds: float = 0.0
    best_step: int = 0
    best: Mapping[str, float] = field(default_factory=dict)
    last: Mapping[str, float] = field(default_factory=dict)
    curves: str = "curves.json"

    def write(self, folder: Path) -> None:
        unfinished = folder / f"{RUN_FILE}.tmp"
        unfinished.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        os.replace(unfinished, folder / RUN_FILE)


def read_run(folder: Path) -> dict[str, Any] | None:
    """What `run.json` in `folder` says; None without one. Raises `UserError`."""
    file = folder / RUN_FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{file}: cannot be read; begin afresh with --fresh.") from error
    if not isinstance(content, dict) or "config" not in content:
        raise UserError(f"{file}: is not the record of a training; begin afresh with --fresh.")
    return content


def refuse_other_run(
    folder: Path, before: Mapping[str, Any], config: TrainConfig, data: Mapping[str, str]
) -> None:
    """A run continues only as what it was: the same configuration, the same data."""
    now = config.model_dump(mode="json")
    changed = [
        key
        for key in now
        if key not in FREE_KEYS and now[key] != before["config"].get(key, now[key])
    ]
    if changed:
        raise UserError(
            f"{folder}: holds a run with another {', '.join(changed)}; give the same configuration to continue it,"
            " or begin afresh with --fresh."
        )
    other = [name for name in data if before.get("data", {}).get(name) != data[name]]
    if other:
        raise UserError(
            f"{folder}: the data of {', '.join(other)} changed since this run began; begin afresh with --fresh."
        )


def machine(device: torch.device) -> dict[str, Any]:
    told: dict[str, Any] = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": platform.platform(),
        "device": device.type,
    }
    if device.type == "cuda":
        told["accelerator"] = torch.cuda.get_device_name(device)
    return told


def versions() -> dict[str, str]:
    told = {"vigil": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            told[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return told


def code() -> dict[str, Any]:
    """The commit of the code that runs, and which of its files differ from it."""
    root = Path(__file__).resolve().parents[2]
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "changed": []}
    status = _git(root, "status", "--porcelain", "--", *_CODE) or ""
    return {"commit": commit.strip(), "changed": [line[3:] for line in status.splitlines()]}


def command() -> tuple[str, ...]:
    """The words that started this process."""
    return (Path(sys.argv[0]).name, *sys.argv[1:])


def _git(root: Path, *words: Sequence[str] | str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *map(str, words)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(("model name", "Model")):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
