"""What benchmarks that train have in common: torch asked for in a sentence, exit codes, a machine-readable table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from edge_app.errors import UserError

_STOPPED = 130


def run_with_torch(what: str, work: Callable[[], None], threads: int | None = None) -> int:
    """-> exit code. what: what needs torch, in words; threads: as many as torch chooses without it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"error: {what} needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'\n"
        )
        return 2
    if threads:
        torch.set_num_threads(threads)
    try:
        work()
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped: the same command goes on\n")
        return _STOPPED
    return 0


def write_table(path: Path, table: str, **figures: Any) -> None:
    """Print a table and its machine; keep the figures in `path`."""
    machine = describe_machine()
    print(f"\n{table}\n\n{json.dumps(machine)}")
    path.write_text(json.dumps({"machine": machine, **figures}, indent=1))
