"""`vigil reproduce paper3`: UniLearn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import Overrides
from edge_app.errors import UserError
from model_compression.commands.reproduce_jobs import (
    check_settings,
    chosen_tables,
    end_with,
    make_tables,
    measured,
    of_workshop,
    tell_jobs,
    tell_why_not,
)
from model_compression.commands.train import Device

if TYPE_CHECKING:
    from rich.console import Console

    from model_compression.reproduce.jobs import Training
    from model_compression.reproduce.named_sets import NamedSet, NamedSets
    from model_compression.reproduce.paper3.plan import Recipe

_FIGURES = (3, 4)
_DEPTH = 12  # layers of clip-vit in all its sizes
_EXPERTS = 8  # in each layer that has some
_MEASURE = "model_compression.reproduce.paper3.measure"
_ROLES = (
    "Prepared clips of DFEW, FERV39k, MAFW or VoxCeleb2, pictures of AffectNet; simulated=FOLDER stands in for other"
    " clips, pictures=FOLDER for other pictures; may be repeated."
)


def paper3(
    tables: Annotated[
        list[int] | None,
        typer.Option("--table", metavar="N", help="Which table, 1 to 5; may be repeated."),
    ] = None,
    figures: Annotated[
        list[int] | None,
        typer.Option("--figure", metavar="N", help="Which figure, 3 or 4; may be repeated."),
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option("--data", metavar="ROLE=FOLDER", help=_ROLES)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for networks and figures; a stopped run goes on."),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="How often to train each network.")
    ] = 1,
    config: Annotated[
        str, typer.Option("--config", "-c", help="How to fine-tune: a configuration of joint.")
    ] = "unilearn",
    pretraining: Annotated[
        str,
        typer.Option("--pretraining", help="How to pre-train: a configuration of masked_clips."),
    ] = "unilearn-pretrain",
    overrides: Overrides = None,
    pretraining_overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--pretraining-set",
            metavar="KEY=VALUE",
            help="Override one setting of the pre-training by dotted path; may be repeated.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            min=2,
            help="Steps of fine-tuning with half of the pictures; rows with other pictures see as many clips.",
        ),
    ] = None,
    pretraining_steps: Annotated[
        int | None,
        typer.Option("--pretraining-steps", min=2, help="Steps of pre-training; as configured."),
    ] = None,
    videomae: Annotated[
        Path | None,
        typer.Option(
            "--videomae",
            metavar="FILE",
            help="VideoMAE's public weights (.safetensors), which the first row of table 5 begins with.",
        ),
    ] = None,
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.auto,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be trained, and what is done.")
    ] = False,
) -> None:
    """UniLearn: its tables as printed, and what its networks come to here.

    Without --out nothing is trained and the paper's numbers stand alone.
    """
    from rich.console import Console

    from model_compression.reproduce.job_tables import measurings_of
    from model_compression.reproduce.named_sets import named_sets
    from model_compression.reproduce.one_at_a_time import only_one
    from model_compression.reproduce.reproduction import Reproduction
    from model_compression.reproduce.table import show

    chosen = chosen_tables(3, tables or ())
    drawn = _chosen_figures(figures or (), bool(tables))
    console = Console(highlight=False)
    if out is None and not dry_run:
        if data or drawn:
            raise UserError(
                "name a folder for networks and figures with --out; without it only tables are printed"
            )
        for table in chosen:
            show(console, Reproduction(table))
        return
    of_plan = of_workshop("model_compression.reproduce.paper3.plan", "cells_of")
    from model_compression.reproduce.paper3.figure3 import cells_of_points
    from model_compression.reproduce.paper3.plan import ROLES, points_of_figure3

    sets = named_sets(data or (), ROLES)
    recipe = _recipe(
        config,
        pretraining,
        overrides or (),
        pretraining_overrides or (),
        steps,
        pretraining_steps,
        videomae,
        seeds,
    )
    cells = {table.number: of_plan(table, sets, recipe) for table in chosen}
    points = points_of_figure3(sets, recipe) if 3 in drawn else {}
    of_figure4 = [_network_of_figure4(sets, recipe)[0]] if 4 in drawn else []
    every = [*(cell for each in cells.values() for cell in each), *cells_of_points(points)]
    measurings = measurings_of(every)
    check_settings([*(each for one in measurings for each in one.trainings), *of_figure4])
    if dry_run:
        tell_jobs(console, measurings, out, of_figure4)
        tell_why_not(console, every)
        for training in of_figure4:
            console.print(f"figure 4 is of {training.id}", markup=False, soft_wrap=True)
        return
    assert out is not None
    with only_one(out):
        made = [make_tables(console, chosen, cells, out, _MEASURE, device=device.value)]
        if 3 in drawn:
            from model_compression.reproduce.job_tables import caveat_of
            from model_compression.reproduce.paper3.figure3 import measured_points, show_figure3

            asked = cells_of_points(points)
            done = measured(console, asked, out, _MEASURE, device=device.value)
            made.append(done)
            show_figure3(
                console,
                measured_points(points, done),
                out,
                seeds=seeds,
                caveat=caveat_of(measurings_of(asked)),
            )
        if 4 in drawn:
            _make_figure4(console, sets, recipe, out, device.value)
    end_with(*made)


def _chosen_figures(numbers: Sequence[int], tables: bool) -> tuple[int, ...]:
    if not numbers and not tables:
        raise UserError("name what to reproduce: --table 1 to 5, --figure 3 or --figure 4")
    for number in numbers:
        if number not in _FIGURES:
            raise UserError(f"--figure {number}: only figures 3 and 4 are of measurements")
    return tuple(dict.fromkeys(numbers))


def _recipe(
    config: str,
    pretraining: str,
    overrides: Sequence[str],
    pretraining_overrides: Sequence[str],
    steps: int | None,
    pretraining_steps: int | None,
    videomae: Path | None,
    seeds: int,
) -> Recipe:
    """Raises `UserError` for configurations of something else."""
    from model_compression.reproduce.paper3.lengths import Lengths
    from model_compression.reproduce.paper3.plan import Recipe
    from model_compression.training.load_config import load_config

    joint = load_config(config, overrides).train
    masked = load_config(pretraining, pretraining_overrides).train
    for name, loaded, task in ((config, joint, "joint"), (pretraining, masked, "masked_clips")):
        if loaded.task.name != task:
            raise UserError(f"{name}: is a configuration of {loaded.task.name}, not of {task}.")
    if videomae is not None and not videomae.is_file():
        raise UserError(f"--videomae {videomae}: there is no such file.")
    depth, wanted = joint.network.options.get("depth"), joint.task.options.get("picture_batches")
    if depth is not None and not isinstance(depth, int):
        raise UserError(f"network.options.depth is {depth}, but must be a number of layers.")
    if wanted is not None and not (isinstance(wanted, float) and 0 < wanted < 1):
        raise UserError(
            f"task.options.picture_batches is {wanted}, but must be between 0 and 1, or null."
        )
    return Recipe(
        config=config,
        pretraining_config=pretraining,
        depth=_DEPTH if depth is None else depth,
        lengths=Lengths(steps or joint.steps, wanted),
        expert_count=joint.network.options.get("expert_count", _EXPERTS),
        seeds=seeds,
        pretraining_steps=pretraining_steps,
        videomae=None if videomae is None else str(videomae),
        overrides=tuple(overrides),
        pretraining_overrides=tuple(pretraining_overrides),
    )


def _network_of_figure4(sets: NamedSets, recipe: Recipe) -> tuple[Training, NamedSet, NamedSet]:
    """Raises `UserError`."""
    from model_compression.reproduce.named_sets import CannotRunError
    from model_compression.reproduce.paper3.plan import network_of_figure4

    try:
        return network_of_figure4(sets, recipe)
    except CannotRunError as why:
        raise UserError(f"figure 4: {why}") from why


def _make_figure4(
    console: Console, sets: NamedSets, recipe: Recipe, out: Path, device: str
) -> None:
    """Raises `UserError`."""
    from model_compression.reproduce.job_runner import trained
    from model_compression.reproduce.job_tables import caveat_of
    from model_compression.reproduce.jobs import Measuring
    from model_compression.reproduce.paper3.figure4 import figure4, show_figure4

    training, clips, pictures = _network_of_figure4(sets, recipe)
    train = of_workshop("model_compression.reproduce.train_job", "train_job", device=device)
    made = figure4(
        trained(training, out, train),
        clips,
        pictures,
        device=device,  # type: ignore[arg-type]  # of the same three
    )
    asked = [Measuring("figure-4", on, (training,)) for on in (clips, pictures)]
    show_figure4(console, made, out, caveat_of(asked))
