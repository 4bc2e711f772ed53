"""`python -m benchmarks.no_loss`: kills, cuts, outages, bad links and bad disks, held against their bars."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.figures import Figure, Results, print_table
from benchmarks.machine import PROJECT, describe_machine
from benchmarks.no_loss import (
    bad_disks,
    clocks,
    day_of_writing,
    frames,
    kill_points,
    links,
    outage,
    power_cuts,
)
from benchmarks.no_loss.markdown import as_markdown
from edge_app.errors import UserError

Told = Callable[[str, int, int], None]
PARTS: dict[str, Callable[[bool, Told], list[Figure]]] = {
    "cuts": power_cuts.measure,
    "kills": kill_points.measure,
    "writes": day_of_writing.measure,
    "outage": outage.measure,
    "links": links.measure,
    "disks": bad_disks.measure,
    "clocks": clocks.measure,
    "frames": frames.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when a bar is missed, 2 when a part could not be measured."""
    options = _parse(arguments)
    # Refusing disks and absent brokers are the point here, and each would be told.
    logging.getLogger("edge_app").setLevel(logging.CRITICAL)
    machine, results = describe_machine(), Results()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for part in options.parts:
            task = progress.add_task(part, total=None)

            def tell(what: str, done: int, total: int, task: object = task) -> None:
                progress.update(task, description=what, completed=done, total=max(done, total))  # type: ignore[arg-type]

            try:
                results.add(PARTS[part](options.full, tell))
            except UserError as error:
                results.left_out.append(f"{part}: {error}")
            progress.remove_task(task)
    console = Console()
    print_table(results, machine, console if console.is_terminal else Console(width=180))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(
        json.dumps({"machine": machine, "full": options.full, **results.as_json()}, indent=2)
        + "\n",
        encoding="utf-8",
    )
    print(f"written to {options.json}")
    if options.markdown is not None:
        options.markdown.write_text(as_markdown(results.figures), encoding="utf-8")
        print(f"written to {options.markdown}")
    if results.left_out:
        return 2
    return 1 if any(figure.met is False for figure in results.figures) else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.no_loss", description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="10 000 deaths and every power cut; most of an hour"
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=tuple(PARTS),
        default=list(PARTS),
        help="what to try (default: all)",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=PROJECT / "build" / "no-loss.json",
        help="where to write the figures",
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="where to write the table as Markdown"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
