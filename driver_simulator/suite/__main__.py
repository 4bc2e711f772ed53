"""`python -m driver_simulator.suite`: drives the scenario suite and writes its table.

A stopped run goes on where it was, unless the code has changed since.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from driver_simulator.dataset.photographs import find_people
from driver_simulator.suite.bars import figures
from driver_simulator.suite.job import Job, driven
from driver_simulator.suite.kept_rides import KeptRides
from driver_simulator.suite.matrix import Layer, full_matrix, small_matrix
from driver_simulator.suite.plan import Extent, in_order, jobs
from driver_simulator.suite.result import Result, result_of
from driver_simulator.suite.table import markdown
from driver_simulator.workers import workers
from edge_app.errors import UserError
from edge_app.settings import VigilSettings

_PORTRAITS = 27  # as many as there are attentive drives through pictures
_FULL = {Layer.SIGNALS: Extent(120.0, 12), Layer.PICTURES: Extent(4.5, 4)}
_SMALL = {Layer.SIGNALS: Extent(0.5, 2)}


def main(
    layer: Annotated[Layer | None, typer.Option(help="Only this layer; both unless told.")] = None,
    small: Annotated[
        bool, typer.Option("--small", help="Minutes instead of hours: no rates through pictures.")
    ] = False,
    portraits: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Photographs of the people in the drives through pictures."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "build/scenarios"
    ),
    processes: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes.")] = (
        os.cpu_count() or 1
    ),
) -> None:
    """Drive the scenario suite: situations under conditions, as signals and through pictures.

    Exit code 1 where a bar is missed. Ctrl-C or a SIGTERM writes the table of what has been driven.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = VigilSettings()
    layers = [layer] if layer else list(Layer)
    matrix = small_matrix(settings) if small else full_matrix(settings)
    cells = [cell for cell in matrix if cell.layer in layers]
    extents = {k: v for k, v in (_SMALL if small else _FULL).items() if k in layers}
    everything = list(jobs(cells, extents, _people(portraits, settings, processes)))
    kept = KeptRides(out / "rides.jsonl", settings)
    stopped = False
    try:
        _drive(in_order(j for j in everything if kept.get(j) is None), kept, processes)
    except KeyboardInterrupt:  # what has been driven is told all the same
        stopped = True
    results = _judge([job for job in everything if kept.get(job) is not None], kept, settings)
    table = out / "table.md"
    table.write_text(markdown(results, len(everything), _machine()), encoding="utf-8")
    (out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    typer.echo(f"{table}: {sum(r.get('passed', True) for r in results)} of {len(results)} passed")
    missed = [one for one in figures(results) if one.met is False]
    for one in missed:
        typer.echo(f"missed: {one.layer.value}, {one.what}: {one.value}; bar: {one.bar}", err=True)
    if stopped:
        typer.echo("stopped: the same command goes on", err=True)
        raise typer.Exit(130)
    if missed:
        raise typer.Exit(1)


def _drive(waiting: list[Job], kept: KeptRides, processes: int) -> None:
    settings = VigilSettings()
    with workers(processes) as pool, _progress("drives", len(waiting)) as advance:
        for job, ride in pool.as_made(partial(driven, settings), waiting):
            kept.add(job, ride)
            advance()


def _judge(all_jobs: list[Job], kept: KeptRides, settings: VigilSettings) -> list[Result]:
    results = []
    with _progress("verdicts", len(all_jobs)) as advance:
        for job in all_jobs:
            ride = kept.get(job)
            assert ride is not None
            results.append(result_of(job, ride, settings))
            advance()
    return results


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def _people(folder: Path | None, settings: VigilSettings, processes: int) -> list[Path]:
    """One photograph of each of up to `_PORTRAITS` people, the same ones in each run."""
    if folder is None:
        return []
    with (
        workers(processes) as pool,
        Progress(TextColumn("people"), BarColumn(), MofNCompleteColumn()) as progress,
    ):
        task = progress.add_task("people", total=_PORTRAITS)
        seen = find_people(
            folder,
            settings.perception,
            pool,
            seed=0,
            wanted=_PORTRAITS,
            told=lambda found, most: progress.update(task, completed=found, total=most),
        )
    used = [folder / one.name for one in seen if not one.reason]
    if not used:
        raise UserError(f"{folder}: no photograph shows a face that can be animated")
    return used


def _machine() -> dict[str, object]:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], capture_output=True, text=True, check=False
        ).stdout.strip()

    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith(("model name", "Model"))
        ),
        "unknown",
    )
    changed = git("status", "--porcelain", "--untracked-files=no")
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "git_commit": git("rev-parse", "--short=12", "HEAD") + ("+" if changed else ""),
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
    }


if __name__ == "__main__":
    try:
        typer.run(main)
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
