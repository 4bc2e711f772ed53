"""`python -m benchmarks`: measures what it can here, prints a table and writes build/bench.json."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import cabin_alert, side_by_side, synthetic, whole_program
from benchmarks.figures import Figure, Results, print_table
from benchmarks.machine import PROJECT, describe_machine
from benchmarks.mediapipe_environment import NoRivalError, rival_python
from benchmarks.places import Places, find_places
from benchmarks.worker_link import WorkerFailedError
from edge_app.errors import UserError

PARTS = ("loop", "alert", "process", "synthetic")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    machine, results = describe_machine(), Results()
    places = find_places()
    missing = places.missing()
    if missing is not None:
        results.left_out.append(f"everything on real frames: there is no {missing}.")
    for part in options.parts:
        for measure in _measurements(part, options, places, results):
            _try(part, measure, results)
    print_table(results, machine, _console())
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(
        json.dumps({"machine": machine, **results.as_json()}, indent=2) + "\n", encoding="utf-8"
    )
    print(f"written to {options.json}")
    return 0


def _measurements(
    part: str, options: argparse.Namespace, places: Places, results: Results
) -> list[Callable[[], list[Figure]]]:
    quick: bool = options.quick
    if part == "synthetic":
        return [lambda: synthetic.measure(seconds=60 if quick else 240)]
    if part == "process":
        always = [lambda: whole_program.measure_import(runs=3 if quick else 7)]
        if places.missing():
            return always
        return [
            *always,
            lambda: whole_program.measure_start(places, runs=3 if quick else 9),
            lambda: whole_program.measure_memory(places, seconds=6 if quick else 60),
            lambda: whole_program.measure_speed(places, runs=1 if quick else 3),
        ]
    if places.missing():
        return []
    if part == "alert":
        return [lambda: cabin_alert.measure(places, short_holds=2 if quick else 12)]
    rival = None if options.no_rival else _rival(options.rival_python, results)
    return [
        lambda: side_by_side.measure(
            places, rival, block_frames=50 if quick else 60, blocks_per_clip=1 if quick else 6
        )
    ]


def _rival(given: Path | None, results: Results) -> Path | None:
    try:
        return rival_python(given)
    except NoRivalError as error:
        results.left_out.append(f"the comparison with MediaPipe: {error}.")
        return None


def _try(part: str, measure: Callable[[], list[Figure]], results: Results) -> None:
    sys.stderr.write(f"measuring: {part}\n")
    try:
        results.add(measure())
    except (UserError, WorkerFailedError) as error:
        results.left_out.append(f"a measurement of {part}: {error}")


def _console() -> Console:
    """A log is as wide as the table needs."""
    console = Console()
    return console if console.is_terminal else Console(width=150)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute instead of several")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        help="what to measure (default: all)",
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=PROJECT / "build" / "bench.json",
        help="where to write the figures",
    )
    parser.add_argument("--no-rival", action="store_true", help="leave MediaPipe out")
    parser.add_argument(
        "--rival-python",
        type=Path,
        metavar="PYTHON",
        help="an interpreter that has mediapipe (default: .venv-mediapipe, made where it is missing)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
