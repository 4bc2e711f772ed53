"""Work on many videos or pictures behind a progress bar; a stop keeps what is made, and tells how to go on."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

Made = TypeVar("Made")
_INTERRUPTED = 130


def behind_a_bar(
    work: Callable[[Callable[[int, int], None]], Made], out: Path, *, of_what: str = "videos"
) -> Made:
    """work: is given what it calls with how many are done and all of them. Exit code 130 after Ctrl-C or a SIGTERM."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(highlight=False, soft_wrap=True)
    told = (0, 0)
    with Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(of_what, total=None)

        def advance(done: int, of: int) -> None:
            nonlocal told
            told = done, of
            bar.update(task, completed=done, total=of)

        # Else processes would outlive a job that is cancelled.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return work(advance)
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, before)
    typer.echo(
        f"interrupted: {told[0]} of {told[1]} {of_what} are done in {out}; the same command goes on",
        err=True,
    )
    raise typer.Exit(_INTERRUPTED)
