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
    from driver_simulator.dataset.making import DatasetMaker, MadeSet
    from driver_simulator.dataset.settings import DatasetSettings

_NAMED_UNUSED = 5


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
    ] = 0.08,
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
    _tell(out, _make(maker, out))


def _settings(values: dict[str, object]) -> DatasetSettings:
    from pydantic import ValidationError

    from driver_simulator.dataset.settings import DatasetSettings
    from driver_simulator.dataset.tasks import TASKS

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
        option = str(first["loc"][0]).removesuffix("_hz").removesuffix("_px").replace("_", "-")
        raise UserError(f"{option} is {first['input']}: {first['msg']}") from error


def _size(size: str) -> dict[str, int]:
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise UserError(f"--size is {size} but must be WIDTHxHEIGHT in pixels, such as 320x240")
    return {"width_px": int(width), "height_px": int(height)}


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


def _tell(out: Path, made: MadeSet) -> None:
    typer.echo(str(out / "dataset.yaml"))
    typer.echo(str(out / "labels.csv"))
    people = f"{made.people} {'person' if made.people == 1 else 'people'}"
    typer.echo(f"clips: {made.clips} of {people}, {made.drawn_now} drawn now")
    for one in made.not_used[:_NAMED_UNUSED]:
        typer.echo(f"not used: {one.name}: {one.reason}", err=True)
    if len(made.not_used) > _NAMED_UNUSED:
        more = len(made.not_used) - _NAMED_UNUSED
        typer.echo(f"and {more} more: see {out / 'photographs.csv'}", err=True)
