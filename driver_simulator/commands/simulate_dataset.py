"""`vigil simulate-dataset`: labelled clips of scripted drivers, in the layout that training reads."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import ConfigOption
from edge_app.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from driver_simulator.dataset.making import DatasetMaker, MadeSet
    from driver_simulator.dataset.missing_classes import MissingClasses
    from driver_simulator.dataset.settings import DatasetSettings

_NAMED_UNUSED = 5
_MOST_DIGITS = 9


def simulate_dataset(
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder of the set; one that was stopped goes on."
        ),
    ],
    clips: Annotated[
        int,
        typer.Option(
            "--clips", metavar="N", min=1, help="Clips of each task, all splits together."
        ),
    ] = 600,
    tasks: Annotated[
        str, typer.Option("--tasks", help="What the clips are labelled for, with commas between.")
    ] = "drowsiness,expression,intoxication",
    portraits: Annotated[
        Path | None,
        typer.Option(
            "--portraits",
            metavar="FOLDER",
            help="Photographs of faces; each person becomes a driver. Names that differ by the number at their end"
            " are one person.",
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option("--people", min=1, help="At most so many of the photographs' people."),
    ] = None,
    allow_shared_people: Annotated[
        bool,
        typer.Option(
            "--allow-shared-people",
            help="With fewer than three people: let the splits share them, and say so in dataset.yaml.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same clips.")] = 0,
    frames: Annotated[int, typer.Option("--frames", min=1, help="Frames of each clip.")] = 64,
    frame_rate_hz: Annotated[
        float, typer.Option("--frame-rate", min=1, help="Frames per second.")
    ] = 16.0,
    size: Annotated[
        str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="Of the whole view, pixels.")
    ] = "320x240",
    clips_per_drive: Annotated[
        int,
        typer.Option(
            "--clips-per-drive",
            min=1,
            help="Clips with one person, camera, light and clothing; more are drawn faster and vary less.",
        ),
    ] = 6,
    label_noise: Annotated[
        float,
        typer.Option(
            "--label-noise", min=0, max=0.5, help="Share of clips with another label than scripted."
        ),
    ] = 0.05,
    truth: Annotated[
        bool, typer.Option("--truth", help="Write the truth of every frame as well (truth/).")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Processes; without it, one for each core."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write a set of labelled clips; people, cameras and light of one split are in no other.

    A run that was stopped goes on when the same command is given again. `--config` is Vigil's own configuration; its
    perception finds the landmarks of photographs.
    """
    from driver_simulator.dataset.making import DatasetMaker
    from edge_app.configuration.load import load_settings

    settings = _settings(
        {
            "tasks": [name.strip() for name in tasks.split(",") if name.strip()],
            "clips": clips,
            "seed": seed,
            "frames": frames,
            "frame_rate_hz": frame_rate_hz,
            **_size(size),
            "clips_per_drive": clips_per_drive,
            "label_noise": label_noise,
            "people": people,
            "shared_people": allow_shared_people,
        }
    )
    maker = DatasetMaker(
        out,
        settings,
        photographs=portraits,
        perception=load_settings(config).perception,
        with_truth=truth,
        jobs=jobs or len(os.sched_getaffinity(0)),
    )
    _tell(out, _make(maker, out), settings)


def _settings(values: dict[str, object]) -> DatasetSettings:
    from pydantic import ValidationError

    from driver_simulator.dataset.settings import DatasetSettings
    from driver_simulator.dataset.tasks import TASKS
    from edge_app.configuration.sentences import SettingsGuide

    chosen = values["tasks"]
    assert isinstance(chosen, list)
    wrong = [name for name in chosen if name not in TASKS]
    if wrong or not chosen or len(set(chosen)) < len(chosen):
        raise UserError(
            f"--tasks is {','.join(chosen)} but must be some of {','.join(TASKS)}, each once"
        )
    try:
        return DatasetSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        option = key.removesuffix("_hz").replace("_", "-")
        may_be = SettingsGuide(DatasetSettings).allowed_at((key,), values)
        raise UserError(f"--{option} is {first['input']} but must be {may_be}") from error


def _size(size: str) -> dict[str, int]:
    from driver_simulator.dataset.settings import DatasetSettings

    keys = ("width_px", "height_px")
    limits = [DatasetSettings.model_json_schema()["properties"][key] for key in keys]
    parts = size.lower().split("x")
    if len(parts) == len(limits) and all(map(_is_allowed, parts, limits)):
        return dict(zip(keys, map(int, parts), strict=True))
    least, most = ("x".join(str(one[bound]) for one in limits) for bound in ("minimum", "maximum"))
    raise UserError(
        f"--size is {size} but must be WIDTHxHEIGHT in pixels, even numbers from {least} to {most}, such as 320x240"
    )


def _is_allowed(text: str, limits: dict[str, int]) -> bool:
    # Longer ones are beyond every limit, and Python refuses to read them.
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        return False
    number_px = int(text)
    within = limits["minimum"] <= number_px <= limits["maximum"]
    return within and number_px % limits["multipleOf"] == 0


def _make(maker: DatasetMaker, out: Path) -> MadeSet:
    """Behind a bar for people and one for clips. Ctrl-C or a SIGTERM keeps what is drawn; exit code 130."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(highlight=False, soft_wrap=True)
    bars: dict[str, TaskID] = {}
    done: dict[str, int] = {}
    with Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:

        def told(what: str, count: int, of: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=of)
            done[what] = count
            progress.update(bars[what], completed=count, total=of)

        # Else processes would outlive a job that is cancelled.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return maker.make(told)
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, before)
    typer.echo(
        f"interrupted: {done.get('clips', 0)} clips are complete in {out}; the same command goes on",
        err=True,
    )
    raise typer.Exit(130)


def _warning(missing: Sequence[MissingClasses], settings: DatasetSettings) -> str:
    """Every class without a clip on one line, and what to do."""
    from driver_simulator.dataset.missing_classes import enough_clips

    told = "; ".join(
        f"{one.task} in {one.split} ({'all' if one.is_all else ', '.join(one.labels)})"
        for one in missing
    )
    enough = enough_clips(settings.tasks)
    advice = (
        f"it takes --clips {enough} or more for each class in each split"
        if settings.clips < enough
        else "label noise took them; more --clips or another --seed help"
    )
    return f"warning: classes without a clip: {told}; {advice}"


def _tell(out: Path, made: MadeSet, settings: DatasetSettings) -> None:
    typer.echo(str(out / "dataset.yaml"))
    typer.echo(str(out / "labels.csv"))
    people = f"{made.people} {'person' if made.people == 1 else 'people'}"
    faces = f"{made.faces} {'photograph' if made.faces == 1 else 'photographs'}"
    typer.echo(f"clips: {made.clips} of {people} from {faces}, {made.drawn_now} drawn now")
    if made.shares_faces:
        typer.echo(
            "people are shared: splits show the same faces, so a score on test says nothing of unknown people"
        )
    if made.missing:
        typer.echo(_warning(made.missing, settings), err=True)
    for one in made.not_used[:_NAMED_UNUSED]:
        typer.echo(f"not used: {one.name}: {one.reason}", err=True)
    if len(made.not_used) > _NAMED_UNUSED:
        more = len(made.not_used) - _NAMED_UNUSED
        typer.echo(f"and {more} more: see {out / 'photographs.csv'}", err=True)
