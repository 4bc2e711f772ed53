"""`vigil evaluate`: what a bundle is worth on data sets, beside MediaPipe on the same frames."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from model_compression.evaluation.contestant import Contestant
    from model_compression.evaluation.report import MeasuredSet
    from model_compression.evaluation.teacher import Teacher


def evaluate(
    bundle: Annotated[
        str,
        typer.Argument(metavar="BUNDLE", help="default, a bundle's name or folder, or mediapipe."),
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KIND:PATH", help="A data set and what kind it is; may be repeated."
        ),
    ] = None,
    rival: Annotated[
        str, typer.Option("--rival", help="Measured on the same frames: mediapipe or none.")
    ] = "mediapipe",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all figures to this file.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="At most so many pictures a set, frames a clip."),
    ] = None,
    clips: Annotated[
        str,
        typer.Option(
            "--clips",
            help="Only clips, or archives of truth, with one of these words in their name, by comma.",
        ),
    ] = "",
    people: Annotated[
        str,
        typer.Option(
            "--people",
            help="Only these people, by comma; only of kinds that say who is on their pictures.",
        ),
    ] = "",
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out",
            help="Only people whom no shipped model was trained on; not for kinds without people.",
        ),
    ] = False,
    positive: Annotated[
        str | None,
        typer.Option("--positive", help="Class folder of frames with the wide open mouth."),
    ] = None,
    perception: Annotated[
        list[str] | None,
        typer.Option(
            "--perception", metavar="KEY=VALUE", help="A setting of the bundle's perception."
        ),
    ] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            "--contact-sheet", metavar="DIR", help="Write pictures of the worst errors there."
        ),
    ] = None,
) -> None:
    """Measure a bundle on data sets, beside MediaPipe on the same frames."""
    from rich.console import Console

    from model_compression.evaluation.bench import Bench, Choice
    from model_compression.evaluation.console_table import show
    from model_compression.evaluation.contestant import BUNDLE, open_contestant
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.evaluation.kinds import check_people, measure_of
    from model_compression.evaluation.report import MeasuredSet, document, write_document
    from model_compression.evaluation.surroundings import surroundings
    from model_compression.evaluation.worst_cases import WorstCases

    wanted = [_kind_and_path(each) for each in sets or ()]
    if not wanted:
        raise UserError("no data set is named; give --set KIND:PATH, for example --set nir:nir.tar")
    measures = [(kind, path, measure_of(kind)) for kind, path in wanted]
    for kind, _ in wanted:
        check_people(
            kind, [o for o, given in (("--held-out", held_out), ("--people", people)) if given]
        )
    worst = WorstCases(contact_sheet)
    console = Console(highlight=False)
    date = datetime.now(timezone.utc).isoformat(timespec="seconds")
    rivals = _rival(rival, bundle, console)
    contestants = [open_contestant(BUNDLE, bundle, perception or ()), *rivals]
    choice = Choice(limit, _words(clips), _words(people), held_out, positive)
    told = {
        "limit": limit,
        "clips": list(choice.clips),
        "people": list(choice.people),
        "held_out": held_out,
        "positive": positive,
    }
    machine = surroundings()
    measured: list[MeasuredSet] = []
    with FileBars(console) as track:
        bench = Bench(tuple(contestants), _teacher(), choice, worst, track)
        for kind, path, measure in measures:
            worst.begin(kind)
            measured.append(MeasuredSet(kind, str(path), measure(path, bench)))
            show(console, measured[-1], contestants)
            # After each set, so that what is interrupted keeps what it has.
            sheets = worst.write()
            if json_file is not None:
                told_so_far = document(
                    contestants, measured, date=date, choice=told, machine=machine
                )
                write_document(told_so_far, json_file)
    for written in [*([json_file] if json_file else []), *sheets]:
        console.print(f"written: {written}", markup=False, soft_wrap=True)


def _kind_and_path(text: str) -> tuple[str, Path]:
    from model_compression.evaluation.kinds import KINDS

    kind, colon, path = text.partition(":")
    if not colon or not path:
        raise UserError(f"--set {text}: give KIND:PATH with one of the kinds {', '.join(KINDS)}")
    return kind, Path(path).expanduser()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _rival(rival: str, bundle: str, console: Console) -> list[Contestant]:
    """Nobody where none is wanted, where it is the bundle itself, or where its model is not on this machine."""
    from edge_app.inference.session import ModelFileError
    from model_compression.evaluation.contestant import RIVAL, open_contestant

    if rival not in ("mediapipe", "none"):
        raise UserError(f"--rival {rival}: give mediapipe or none")
    if rival in ("none", bundle):
        return []
    try:
        return [open_contestant(RIVAL, rival)]
    except ModelFileError as error:
        console.print(f"no rival: {error}", markup=False, style="yellow")
        return []


def _teacher() -> Teacher | None:
    from edge_app.face.settings import PerceptionSettings
    from edge_app.inference.session import ModelFileError
    from model_compression.evaluation.teacher import Teacher

    try:
        return Teacher(PerceptionSettings())
    except ModelFileError:
        return None
