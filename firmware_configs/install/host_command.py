"""Programs of the system that an installation runs; what goes wrong is one sentence."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from edge_app.errors import UserError

_PLACES = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"


def run_command(
    words: Sequence[str],
    *,
    package: str,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = 120.0,
) -> str:
    """Returns what it printed. package: what to install where the program is missing. Raises `UserError`."""
    program = words[0] if "/" in words[0] else shutil.which(words[0], path=_PLACES)
    if program is None:
        raise UserError(f"`{words[0]}` is missing; install the system's package {package}.")
    try:
        ended = subprocess.run(
            [program, *words[1:]],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"`{' '.join(words)}` did not work: {error}; try it by hand.") from error
    if ended.returncode != 0:
        said = [line for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
        why = said[-1].strip().rstrip(".") if said else f"it ended with {ended.returncode}"
        raise UserError(f"`{' '.join(words)}` did not work: {why}; try it by hand.")
    return ended.stdout
