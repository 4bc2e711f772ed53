"""The program as a process, and its parts put together around a painted driver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.brokers import broker, make_broker, subscribe
from tests.conftest import find_face_landmarker

__all__ = ["broker", "make_broker", "subscribe"]

Vigil = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user with an empty home, who has the model where it is to be had."""
    model = find_face_landmarker()
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("VIGIL_")},
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        **({"VIGIL_MODELS": str(model)} if model else {}),
    }


@pytest.fixture
def vigil(environment: dict[str, str]) -> Vigil:
    """Runs `vigil` to its end."""

    def run(*words: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "edge_app.commands.main", *map(str, words)],
            env={**environment, **changes},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
