"""`python -m driver_simulator.suite`: drives the scenario suite and writes its table.

A stopped run goes on where it was, unless the code has changed since.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from driver_simulator.suite.job import Job, run
from driver_simulator.suite.kept_results import KeptResults, fingerprint
from driver_simulator.suite.matrix import Layer, full_matrix, small_matrix
from driver_simulator.suite.plan import Extent, in_order_of_length, jobs
from driver_simulator.suite.table import markdown
from edge_app.errors import UserError
from edge_app.settings import VigilSettings

_PICTURES = (".jpg", ".jpeg", ".png")
_FULL = {Layer.SIGNALS: Extent(40.0, 12), Layer.PICTURES: Extent(3.0, 4)}
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
    """Drive the scenario suite: situations under conditions, as signals and through pictures."""
    settings = VigilSettings()
    layers = [layer] if layer else list(Layer)
    matrix = small_matrix(settings) if small else full_matrix(settings)
    cells = [cell for cell in matrix if cell.layer in layers]
    extents = {k: v for k, v in (_SMALL if small else _FULL).items() if k in layers}
    everything = list(jobs(cells, extents, _photographs(portraits)))
    kept = KeptResults(out / "results.jsonl", fingerprint(settings))
    _drive(in_order_of_length(j for j in everything if j.key not in kept.results), kept, processes)
    results = [kept.results[job.key] for job in everything]
    table = out / "table.md"
    table.write_text(markdown(results, _machine()), encoding="utf-8")
    (out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    typer.echo(f"{table}: {sum(r.get('passed', True) for r in results)} of {len(results)} passed")


def _drive(waiting: list[Job], kept: KeptResults, processes: int) -> None:
    settings = VigilSettings()
    columns = (TextColumn("drives"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    context = multiprocessing.get_context("spawn")
    with (
        Progress(*columns) as progress,
        ProcessPoolExecutor(processes, mp_context=context) as pool,
    ):
        task = progress.add_task("drives", total=len(waiting))
        futures = [pool.submit(run, job, settings) for job in waiting]
        try:
            for future in as_completed(futures):
                kept.add(future.result())
                progress.advance(task)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _photographs(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES)
    if not found:
        raise UserError(f"{folder}: holds no photographs ({', '.join(_PICTURES)})")
    return found


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
    typer.run(main)
