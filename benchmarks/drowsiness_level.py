"""`python -m benchmarks.drowsiness_level`: whether the level rises with the scripted sleepiness of simulated people.

Prints a table; with --markdown and --json it writes them too. It shows that Vigil reads what the simulator acts, not
how well it knows real people.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.drowsiness_drives import (
    LEVEL_FROM_S,
    BlinkHead,
    Extent,
    Row,
    attentive_row,
    picture_rows,
    signal_rows,
)
from benchmarks.drowsiness_table import markdown, summary
from benchmarks.machine import describe_machine
from edge_app.errors import UserError
from edge_app.face.perceptions import open_perception
from edge_app.settings import VigilSettings
from model_compression.evaluation.file_bars import FileBars

FIRST_PERSON = 1000
"""Beyond all people of the scenario suite."""
_LEVELS = tuple(range(1, 10))
_PICTURE_LEVELS = (1, 3, 5, 7, 9)
_PICTURES_HZ = 22.0
_LEARNING_S, _ATTENTIVE_S = 600.0, 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    console = Console(highlight=False)
    begun_s = time.perf_counter()
    try:
        head = None if options.blink_head is None else _head(options.blink_head)
        rows: list[Row] = []
        for row in _rows(options, head, console):
            rows.append(row)
            if options.json is not None:
                _write(options.json, rows, {})
        told = summary(rows)
        machine = {**describe_machine(), "wall_s": round(time.perf_counter() - begun_s, 1)}
        text = markdown(told, machine)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    console.print(text, soft_wrap=True, markup=False)
    if options.json is not None:
        _write(options.json, rows, {"machine": machine, "summary": told})
        console.print(f"written: {options.json}", markup=False)
    if options.markdown is not None:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(text, encoding="utf-8")
        console.print(f"written: {options.markdown}", markup=False)
    return 0


def _rows(
    options: argparse.Namespace, head: Callable[[], BlinkHead] | None, console: Console
) -> Iterator[Row]:
    settings = VigilSettings()
    extent = Extent(_LEARNING_S, 60 * options.minutes, 60 * options.picture_minutes, _ATTENTIVE_S)
    people = range(FIRST_PERSON, FIRST_PERSON + options.people)
    drawn = range(FIRST_PERSON, FIRST_PERSON + options.picture_people)
    attentive = range(
        FIRST_PERSON, FIRST_PERSON + round(3600 * options.attentive_hours / _ATTENTIVE_S)
    )
    with FileBars(console) as track:
        for person in track(people, len(people), "as signals"):
            yield from signal_rows(person, _LEVELS, extent, settings, head)
        for person in track(attentive, len(attentive), "attentive drives"):
            yield {"kind": "attentive", **attentive_row(person, extent, settings)}
        if drawn:
            perception = open_perception(settings.perception)
            for person in track(drawn, len(drawn), "through pictures"):
                yield from picture_rows(
                    person, _PICTURE_LEVELS, extent, settings, perception, _PICTURES_HZ
                )


def _head(name: str) -> Callable[[], BlinkHead]:
    module_name, _, attribute = name.partition(":")
    try:
        made: Callable[[], BlinkHead] = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"--blink-head {name} cannot be loaded ({error}); give MODULE:NAME of what makes a reader of blinks."
        ) from error
    return made


def _write(path: Path, rows: Sequence[Row], more: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**more, "rows": list(rows)}, indent=1) + "\n", encoding="utf-8")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.drowsiness_level", description=__doc__
    )
    parser.add_argument("--people", type=_count, default=24, help="as signals (default: 24)")
    parser.add_argument("--minutes", type=_minutes, default=5.0, help="of each drive (default: 5)")
    parser.add_argument(
        "--attentive-hours", type=float, default=10.0, help="of attentive drives (default: 10)"
    )
    parser.add_argument(
        "--picture-people", type=_count, default=3, help="through pictures (default: 3)"
    )
    parser.add_argument(
        "--picture-minutes", type=_minutes, default=2.5, help="of each such drive (default: 2.5)"
    )
    parser.add_argument(
        "--blink-head",
        metavar="MODULE:NAME",
        help="also with this reader of blinks: called without arguments for each drive, its step(state) gives a"
        " BlinkReading or None",
    )
    parser.add_argument("--json", type=Path, help="rows and figures, written while it runs")
    parser.add_argument("--markdown", type=Path, help="the table")
    return parser.parse_args(arguments)


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 60 * minutes > LEVEL_FROM_S:
        raise argparse.ArgumentTypeError(
            f"{text} must be above {LEVEL_FROM_S / 60:g}: the level is taken from there on"
        )
    return minutes


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("must not be below 0")
    return count


if __name__ == "__main__":
    sys.exit(main())
