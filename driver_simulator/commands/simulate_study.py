"""`vigil simulate-study`: a study of scripted drivers, as `vigil validate` reads studies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.errors import UserError

_HOURS = 2.0


def simulate_study(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A new folder for the study.")
    ],
    kind: Annotated[
        Literal["ddaw", "addw"],
        typer.Option(
            "--kind", help="ddaw: drowsiness, with ratings; addw: distraction, with trials."
        ),
    ] = "ddaw",
    participants: Annotated[
        int, typer.Option("--participants", min=1, max=99, help="Scripted drivers.")
    ] = 12,
    hours: Annotated[
        float | None,
        typer.Option(
            "--hours", min=0.2, max=12, help="Length of each drive of ddaw; 2 hours without it."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same study.")] = 0,
    frame_rate_hz: Annotated[
        float, typer.Option("--frame-rate", min=5, max=60, help="Frames per second.")
    ] = 25.0,
    traces: Annotated[
        bool, typer.Option("--traces", help="Write a trace of each drive, some 50 MB an hour.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes; without it, one for each core."),
    ] = None,
    config: ConfigOption = None,
    overrides: Overrides = None,
) -> None:
    """Drive a simulated study and write its records: for trying `vigil validate`, and for seeing what settings change.

    Scripted drivers become sleepy, or look away; signals without pictures go through the real estimators and policy. It
    shows consistency with the script, not how well people are warned.
    """
    from driver_simulator.study.addw_study import simulate_addw
    from driver_simulator.study.ddaw_study import simulate_ddaw
    from driver_simulator.study.folder import StudyFolder
    from edge_app.configuration.load import load_settings

    if kind == "addw" and hours is not None:
        raise UserError(
            "--hours: a drive of --kind addw lasts as long as its gazes do; leave --hours out, or take --kind ddaw"
        )
    settings = load_settings(config, overrides or ())
    folder = StudyFolder(out)
    date = datetime.now().astimezone().date().isoformat()
    processes = jobs or len(os.sched_getaffinity(0))
    with _progress() as told:
        if kind == "ddaw":
            simulate_ddaw(
                folder,
                settings,
                participants=participants,
                hours=hours or _HOURS,
                seed=seed,
                frame_rate_hz=frame_rate_hz,
                date=date,
                with_traces=traces,
                jobs=processes,
                told=lambda count: told(count, participants),
            )
        else:
            simulate_addw(
                folder,
                settings,
                participants=participants,
                seed=seed,
                frame_rate_hz=frame_rate_hz,
                date=date,
                with_traces=traces,
                jobs=processes,
                told=lambda count: told(count, 2 * participants),
            )
    typer.echo(str(out / "study.yaml"))
    typer.echo(f"simulated; next: vigil validate {kind} --records {out} --out report.html")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar of finished drives."""
    console = Console(highlight=False)
    columns = ("drives", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("drives", total=None)
        yield lambda count, of: bar.update(task, completed=count, total=max(of, count))
