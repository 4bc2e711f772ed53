"""MediaPipe in a virtual environment of its own, made once: it would drag its packages into Vigil's."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.machine import PROJECT

_FOLDER = PROJECT / ".venv-mediapipe"
_PINNED = "mediapipe==1.2.2"


class NoRivalError(Exception):
    """MediaPipe cannot be had here; the message says why."""


def rival_python(given: Path | None = None) -> Path:
    """The interpreter that has MediaPipe: `given`, or that of `.venv-mediapipe`, which is made where it is missing."""
    if given is not None:
        return given
    python = _FOLDER / "bin" / "python"
    if not _has_mediapipe(python):
        _make(python)
    return python


def _has_mediapipe(python: Path) -> bool:
    if not python.exists():
        return False
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('mediapipe') is None)"
    return subprocess.run([python, "-c", probe], check=False).returncode == 0


def _make(python: Path) -> None:
    sys.stderr.write(f"installing {_PINNED} into {_FOLDER.name} (once)\n")
    try:
        venv.create(_FOLDER, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", _PINNED],
            check=True,
            capture_output=True,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        lines = str(error.stderr or error.stdout or error).strip().splitlines()
        raise NoRivalError(
            f"{_PINNED} cannot be installed: {lines[-1] if lines else error}"
        ) from error
    except OSError as error:
        raise NoRivalError(f"{_FOLDER.name} cannot be made: {error}") from error
