"""Processes that share out work: none outlives the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PROGRAM = """
import os, time
from driver_simulator.workers import workers

def pid_of(_):
    return os.getpid()

if __name__ == "__main__":
    with workers(2) as pool:
        print(*set(pool.each(pid_of, range(8))), flush=True)
        time.sleep(60)
"""


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert parent.stdout is not None
    with parent.stdout:
        workers = [int(pid) for pid in parent.stdout.readline().split()]
    try:
        assert workers and all(map(_runs, workers))
        parent.send_signal(signal.SIGTERM)
        parent.wait(10)
        assert _within(10.0, lambda: not any(map(_runs, workers)))
    finally:
        parent.kill()
        for pid in filter(_runs, workers):
            os.kill(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    """Neither gone nor waiting to be reaped by whoever adopted it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _within(most_s: float, holds: Callable[[], bool]) -> bool:
    until_s = time.monotonic() + most_s
    while time.monotonic() < until_s:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
