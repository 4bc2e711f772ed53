"""Where a run was made: machine, versions, commit. The date comes from the caller."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from edge_app import __version__

_PACKAGES = ("numpy", "opencv-python-headless", "ai-edge-litert", "onnxruntime", "openvino", "av")
_PROJECT = Path(__file__).resolve().parents[2]


def surroundings() -> dict[str, object]:
    return {
        "vigil": __version__,
        "commit": _commit(),
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.processor() or "unknown"


def _commit() -> str | None:
    """None outside a checkout; `+` where tracked files differ from the commit."""
    if not (_PROJECT / ".git").exists():
        return None

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=_PROJECT, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None
