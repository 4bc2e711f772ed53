"""`python -m benchmarks`: measures what it can here, prints a table and writes build/bench.json."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import cabin_alert, side_by_side, students, synthetic, trace, whole_program
from benchmarks.chosen_model import ChosenModel, choose_model
from benchmarks.figures import Figure, Results, print_table
from benchmarks.machine import PROJECT, describe_machine
from benchmarks.mediapipe_environment import NoRivalError, rival_python
from benchmarks.places import NO_CLIPS, NO_FACE_LANDMARKER, Places, find_places
from benchmarks.worker_link import WorkerFailedError
from edge_app.bundle.open import BUILT_IN_NAME
from edge_app.errors import UserError
from edge_app.face.settings import MEDIAPIPE
from edge_app.inference.runtimes import RUNTIME_NAMES, installed_runtimes, missing_sentence

PARTS = ("loop", "models", "alert", "process", "synthetic", "trace")
_ON_REAL_FRAMES = {"loop", "alert", "process"}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    machine, results = describe_machine(), Results()
    places = find_places()
    model = _model_on_real_frames(options, places, results)
    for part in options.parts:
        for measure in _measurements(part, options, places, model, results):
            _try(part, measure, results)
    print_table(results, machine, _console())
    options.json.parent.mkdir(parents=True, exist_ok=True)
    about = {"machine": machine, "model": model.title if model else options.model}
    options.json.write_text(
        json.dumps({**about, **results.as_json()}, indent=2) + "\n", encoding="utf-8"
    )
    print(f"written to {options.json}")
    return 0


def _measurements(
    part: str,
    options: argparse.Namespace,
    places: Places,
    model: ChosenModel | None,
    results: Results,
) -> list[Callable[[], list[Figure]]]:
    quick: bool = options.quick
    if part == "models":
        return _of_a_bundle(options, results)
    if part == "synthetic":
        return [lambda: synthetic.measure(seconds=60 if quick else 240)]
    if part == "trace":
        return [lambda: trace.measure(seconds=10 if quick else 20, blocks=1 if quick else 3)]
    if part == "process":
        always = [lambda: whole_program.measure_import(runs=3 if quick else 7)]
        if model is None:
            return always
        return [
            *always,
            lambda: whole_program.measure_start(places, model, runs=3 if quick else 9),
            lambda: whole_program.measure_memory(places, model, seconds=6 if quick else 60),
            lambda: whole_program.measure_speed(places, model, runs=1 if quick else 3),
        ]
    if model is None:
        return []
    if part == "alert":
        return [lambda: cabin_alert.measure(places, model, short_holds=2 if quick else 12)]
    rival = None if options.no_rival else _rival(options.rival_python, places, results)
    return [
        lambda: side_by_side.measure(
            places,
            model,
            rival,
            block_frames=50 if quick else 60,
            blocks_per_clip=1 if quick else 6,
        )
    ]


def _model_on_real_frames(
    options: argparse.Namespace, places: Places, results: Results
) -> ChosenModel | None:
    """The model opened, where there are real frames to show it; what is missing goes into one line."""
    if _ON_REAL_FRAMES.isdisjoint(options.parts):
        return None
    lacks = [] if places.clips else [NO_CLIPS]
    try:
        model = choose_model(options.model, places)
    except UserError as error:
        lacks.append(str(error).rstrip("."))
    if not lacks:
        return model
    results.left_out.append(f"everything on real frames: {', and '.join(lacks)}.")
    return None


def _of_a_bundle(options: argparse.Namespace, results: Results) -> list[Callable[[], list[Figure]]]:
    if options.model == MEDIAPIPE:
        results.left_out.append("the models one by one: only those of a bundle are measured so.")
        return []
    installed = installed_runtimes()
    for runtime in RUNTIME_NAMES:
        if runtime not in installed:
            results.left_out.append(f"the models one by one: {missing_sentence(runtime)}")
    turns = 3 if options.quick else 25
    return [
        lambda: students.measure(options.model, turns=turns),
        lambda: students.measure_against_peak(options.model, turns=turns),
    ]


def _rival(given: Path | None, places: Places, results: Results) -> Path | None:
    if places.face_landmarker is None:
        results.left_out.append(f"the comparison with MediaPipe: {NO_FACE_LANDMARKER}.")
        return None
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
    return console if console.is_terminal else Console(width=180)


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
    parser.add_argument(
        "--model",
        default=BUILT_IN_NAME,
        metavar="NAME",
        help="the perception to measure: default, mediapipe, the name of an installed bundle, or the path of a"
        " bundle's folder (default: %(default)s)",
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
