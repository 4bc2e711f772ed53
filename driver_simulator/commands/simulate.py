"""`vigil simulate`: a scripted driver as a clip, and what is true of every frame of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.errors import UserError

if TYPE_CHECKING:
    from driver_simulator.drive_recording import DriveRecording


def simulate(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="A scenario's YAML file, or the name of one that comes with Vigil (see --list).",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="CLIP.mp4", help="Draw the drive into this clip."),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            metavar="TRUTH.csv",
            help="Write a row for each frame there, and the script's events beside it (TRUTH.events.csv).",
        ),
    ] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            "--contact-sheet",
            metavar="SHEET.png",
            help="Draw a page of labelled pictures: every behaviour, and the drive in between.",
        ),
    ] = None,
    duration_s: Annotated[
        float | None,
        typer.Option("--duration", metavar="SECONDS", help="Only the beginning of the drive."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            help="Where chance starts, in place of the scenario's: same seed, same frames.",
        ),
    ] = None,
    portrait: Annotated[
        Path | None,
        typer.Option(
            "--portrait",
            metavar="PHOTO",
            exists=True,
            dir_okay=False,
            help="A photograph of one face, in place of the scenario's portrait.",
        ),
    ] = None,
    quality_crf: Annotated[
        int,
        typer.Option("--quality", min=0, max=51, help="Of the clip: 0 without loss, 51 the worst."),
    ] = 18,
    overrides: Overrides = None,
    config: ConfigOption = None,
    list_them: Annotated[
        bool, typer.Option("--list", help="Name the scenarios that come with Vigil, and leave.")
    ] = False,
    reference: Annotated[
        bool,
        typer.Option("--reference", help="Print all keys of a scenario as Markdown, and leave."),
    ] = False,
) -> None:
    """Draw a scripted driver: a clip to watch or analyze, and the truth of every frame.

    `--set` changes one value of the scenario, such as `--set person.mask=true` or `--set behaviours.0.from_s=5`.
    `--config` is Vigil's own configuration; its perception finds the landmarks of a photograph.

    To watch a scenario live instead: `vigil run --source sim:SCENARIO`.
    """
    if list_them:
        _list()
        return
    if reference:
        _reference()
        return
    if scenario is None:
        raise UserError(
            "vigil simulate needs a scenario: a YAML file, or a name from `vigil simulate --list`."
        )
    from driver_simulator.commands.drive_files import check_outputs
    from driver_simulator.scenario.load import load_scenario
    from edge_app.configuration.load import load_settings

    changes = list(overrides or [])
    changes += [f"seed={_checked_seed(seed)}"] if seed is not None else []
    changes += [f"person.portrait={portrait.absolute()}"] if portrait is not None else []
    loaded = load_scenario(scenario, changes)
    outputs = {"--out": out, "--truth": truth, "--contact-sheet": contact_sheet}
    if not any(outputs.values()):
        raise UserError(
            f"vigil simulate {scenario} would write nothing: give one or more of --out CLIP.mp4, --truth TRUTH.csv"
            f" and --contact-sheet SHEET.png; `vigil run --source sim:{scenario}` plays it live."
        )
    inputs = {
        "the scenario": Path(scenario).expanduser(),
        "the portrait": Path(loaded.person.portrait),
        "the configuration": config,
    }
    check_outputs(outputs, inputs)
    if duration_s is None:
        duration_s = loaded.duration_s
    if not 0 < duration_s <= loaded.duration_s:
        raise UserError(
            f"--duration is {duration_s:g} but must be above 0 and at most {loaded.duration_s:g}, the length of the"
            " drive; a longer one needs --set duration_s=SECONDS."
        )
    perception = load_settings(config).perception
    from driver_simulator.driver.performance import Performance

    performance = Performance(loaded)
    if contact_sheet is not None:
        from driver_simulator.contact_sheet import write_contact_sheet

        write_contact_sheet(contact_sheet, performance, perception, until_s=duration_s)
        typer.echo(f"{contact_sheet}: a page of pictures")
    if out is not None or truth is not None:
        from driver_simulator.drive_recording import DriveRecording

        recording = DriveRecording(
            performance, clip=out, truth=truth, quality_crf=quality_crf, perception=perception
        )
        _write(recording, scenario, duration_s)


def _checked_seed(seed: int) -> int:
    """Told by its option: the scenario's own check would name the key."""
    from driver_simulator.scenario.scenario import Scenario
    from edge_app.configuration.sentences import allowed

    limits = Scenario.model_json_schema()["properties"]["seed"]
    if not limits["minimum"] <= seed <= limits["maximum"]:
        raise UserError(f"--seed is {seed} but must be {allowed([limits])}.")
    return seed


def _write(recording: DriveRecording, name: str, duration_s: float) -> None:
    """Every frame, behind a progress bar. Ctrl-C leaves files that end there, and exit code 130."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(highlight=False, soft_wrap=True)
    interrupted = False
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(name, total=duration_s)
        try:
            recording.write(
                until_s=duration_s, told=lambda t_s: progress.update(task, completed=t_s)
            )
        except KeyboardInterrupt:
            interrupted = True
    for path in recording.paths:
        console.print(str(path), markup=False)
    console.print(f"{recording.frames} frames, the last one at {recording.reached_s:.3f} s")
    if interrupted:
        typer.echo("interrupted: what was drawn until then is in the files", err=True)
        raise typer.Exit(130)


def _list() -> None:
    from driver_simulator.scenario.load import load_scenario, shipped_names

    names = shipped_names()
    width = max(map(len, names))
    for name in names:
        typer.echo(f"{name:<{width}}  {load_scenario(name).description}")


def _reference() -> None:
    from driver_simulator.scenario.reference import scenario_reference

    typer.echo(scenario_reference(), nl=False)
