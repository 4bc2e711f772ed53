"""`python -m benchmarks.personal_references`: what learning a driver's own references does, on simulated drivers.

Signals without pictures go through estimators and policy. Prints a Markdown table and writes the figures as JSON with
the machine. What it cannot show is real: these drivers' shut eyes read alike whoever they are, unless a row says not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.progress import Progress

from benchmarks.machine import PROJECT, describe_machine
from benchmarks.personal_measures import PARTS, Row


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    measures: list[Callable[[], list[Row]]] = [
        measure for part in options.parts for measure in PARTS[part](options.people, options.hours)
    ]
    rows: list[Row] = []
    with Progress() as progress:
        task = progress.add_task("drives", total=len(measures))
        for measure in measures:
            rows += measure()
            progress.advance(task)
    print(markdown(rows))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    figures = {"machine": describe_machine(), "rows": [asdict(row) for row in rows]}
    options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"written to {options.json}", file=sys.stderr)
    return 0 if all(row.met is not False for row in rows) else 1


def markdown(rows: Sequence[Row]) -> str:
    lines = ["| what | driven | figure | bar | met |", "|---|---|---|---|---|"]
    words = {True: "yes", False: "**no**", None: ""}
    lines += [
        f"| {row.what} | {row.driven} | {row.figure} | {row.bar} | {words[row.met]} |"
        for row in rows
    ]
    return "\n".join(lines)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.personal_references", description=__doc__
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        help="what to drive (default: all)",
    )
    parser.add_argument(
        "--people",
        type=int,
        default=4,
        metavar="N",
        help="people of each kind (default: %(default)s)",
    )
    parser.add_argument(
        "--hours",
        type=float,
        default=2.0,
        metavar="H",
        help="length of each attentive drive (default: %(default)s)",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=PROJECT / "build" / "personal_references.json",
        metavar="FILE",
        help="where to write the figures (default: build/personal_references.json)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
