"""A new bundle is opened, compared, run and timed in a process of its own, as the next start would use it.

A model may hang, take all memory, or end its process with an instruction that this processor lacks: not this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings

_PATIENCE_S = 600.0
_SHARE_OF_PERIOD = 0.8


class HealthCheck:
    """A `slots.Check` for this vehicle's settings."""

    def __init__(self, perception: PerceptionSettings, frame_rate_hz: float) -> None:
        self._perception = perception
        self._frame_rate_hz = frame_rate_hz

    def __call__(self, folder: Path) -> None:
        """Raises `UserError`; `OSError` where no process can be started, which says nothing of the bundle."""
        settings = self._perception.model_copy(update={"model": str(folder.absolute())})
        command = [sys.executable, "-m", "edge_app.updates.health_child"]
        try:
            ended = subprocess.run(
                [*command, settings.model_dump_json()],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(f"its check has not ended after {_PATIENCE_S:.0f} s.") from error
        answer = _answer(ended.stdout)
        if answer is None:
            code = ended.returncode
            how = f"was killed by signal {-code}" if code < 0 else f"ended ({code})"
            raise UserError(f"the process that checked it {how}.")
        if answer["problem"]:
            raise UserError(answer["problem"])
        longest_ms = 1000.0 / self._frame_rate_hz * _SHARE_OF_PERIOD
        if answer["ms"] > longest_ms:
            raise UserError(
                f"its models take {answer['ms']:.1f} ms for a frame here, more than the {longest_ms:.1f} ms that"
                f" {self._frame_rate_hz:g} frames/s leave them."
            )


def _answer(text: str) -> dict[str, Any] | None:
    lines = text.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and {"problem", "ms"} <= set(answer) else None
