"""`vigil reproduce paper1`: Jack of Many Faces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import Overrides
from edge_app.errors import UserError
from model_compression.commands.reproduce_jobs import nothing_to_train, of_workshop
from model_compression.commands.train import Device

if TYPE_CHECKING:
    from rich.console import Console

    from model_compression.reproduce.paper1.data_sets import DataSets
    from model_compression.reproduce.paper1.outcomes import Experiments
    from model_compression.reproduce.paper1.runs import Recipe, Run
    from model_compression.reproduce.printed import PrintedTable

_FIGURES = (3,)
_TRAINING = "model_compression.reproduce.paper1.training"
_SPEED = "model_compression.reproduce.paper1.speed"


def paper1(
    tables: Annotated[
        list[int] | None,
        typer.Option("--table", metavar="N", help="Which table, 1 to 9; may be repeated."),
    ] = None,
    figures: Annotated[
        list[int] | None, typer.Option("--figure", metavar="3", help="Which figure: 3.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="ROLE=FOLDER",
            help="Prepared clips of DFEW, FERV39k, AFEW, NTHU-DDD or MiX; simulated=FOLDER stands in for all others;"
            " may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for networks and answers; a stopped run goes on."),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="How often to train each network.")
    ] = 1,
    config: Annotated[
        str,
        typer.Option(
            "--config", "-c", help="How to train: a configuration of 'vigil train teacher'."
        ),
    ] = "xception3d",
    overrides: Overrides = None,
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            min=1,
            help="Training steps, shared among the configuration's stages; as configured without it.",
        ),
    ] = None,
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.auto,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be trained, and what is done.")
    ] = False,
) -> None:
    """Jack of Many Faces: its tables as printed, and what its network comes to here.

    Without --out nothing is trained and the paper's numbers stand alone.
    """
    from rich.console import Console

    from model_compression.reproduce.one_at_a_time import only_one
    from model_compression.reproduce.paper1.outcomes import experiments_of
    from model_compression.reproduce.paper1.runs import Recipe
    from model_compression.reproduce.printed import printed_tables
    from model_compression.reproduce.reproduction import Reproduction
    from model_compression.reproduce.table import show

    recipe = Recipe(config, steps, tuple(overrides or ()))
    chosen = _chosen(tables or (), figures or (), printed_tables(1))
    console = Console(highlight=False)
    sets = _data_sets(data or ())
    if dry_run:
        _tell_runs(console, chosen, figures or (), sets, out, seeds=seeds, recipe=recipe)
        return
    if out is None:
        if data:
            raise UserError("--data is given without --out; name a folder for networks and answers")
        if figures:
            raise UserError("figure 3 holds no numbers to print; give --data and --out to make it")
        for table in chosen:
            show(console, Reproduction(table))
        return
    planned = experiments_of(chosen, sets, seeds=seeds, recipe=recipe)
    with only_one(out):
        _make_tables(console, chosen, planned, out, device.value)
        if figures:
            _make_figure3(console, sets, out, device.value, recipe=recipe)


def _chosen(
    numbers: Sequence[int], figures: Sequence[int], printed: dict[int, PrintedTable]
) -> list[PrintedTable]:
    if not numbers and not figures:
        raise UserError(f"name what to reproduce: --table 1 to {max(printed)}, or --figure 3")
    for number in numbers:
        if number not in printed:
            raise UserError(f"--table {number}: the paper has tables 1 to {max(printed)}")
    for number in figures:
        if number not in _FIGURES:
            raise UserError(f"--figure {number}: only figure 3 is of measurements; give --figure 3")
    return [printed[number] for number in dict.fromkeys(numbers)]


def _data_sets(words: Sequence[str]) -> DataSets:
    from model_compression.data.clips.store import ClipStore
    from model_compression.reproduce.paper1.data_sets import data_sets

    return data_sets(words, ClipStore.open)


def _runs(planned: Experiments) -> list[Run]:
    return [run for plan in planned.values() if not isinstance(plan, str) for run in plan.runs]


def _tell_runs(
    console: Console,
    chosen: Sequence[PrintedTable],
    figures: Sequence[int],
    sets: DataSets,
    out: Path | None,
    *,
    seeds: int,
    recipe: Recipe,
) -> None:
    from model_compression.reproduce.paper1.figure3 import runs_of_figure
    from model_compression.reproduce.paper1.outcomes import experiments_of
    from model_compression.reproduce.paper1.runner import is_finished

    planned = experiments_of(chosen, sets, seeds=seeds, recipe=recipe)
    runs = _runs(planned)
    reasons = [plan for plan in planned.values() if isinstance(plan, str)]
    for run in runs_of_figure(sets, recipe=recipe).values() if figures else ():
        if isinstance(run, str):
            reasons.append(run)
        else:
            runs.append(run)
    by_id = {run.id: run for run in runs}
    for run in by_id.values():
        done = "done   " if out is not None and is_finished(run, out) else "to run "
        console.print(f"{done} {run.id}", markup=False, soft_wrap=True)
    trainings = len({run.training_id for run in by_id.values()})
    console.print(f"{len(by_id)} runs of {trainings} networks", markup=False)
    for reason in dict.fromkeys(reasons):
        console.print(f"cannot run: {reason}", markup=False, soft_wrap=True)


def _make_tables(
    console: Console,
    chosen: Sequence[PrintedTable],
    planned: Experiments,
    out: Path,
    device: str,
) -> None:
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.reproduce.paper1.outcomes import reproduction
    from model_compression.reproduce.paper1.runner import run_grid
    from model_compression.reproduce.table import markdown, show, write_markdown

    def say(what: str) -> None:
        console.print(what, markup=False, soft_wrap=True)

    runs = _runs(planned)
    train_run = of_workshop(_TRAINING, "train_run", device=device) if runs else nothing_to_train
    has_costs = any(column.set is None for table in chosen for column in table.columns)
    # A network is timed once, in however many cells it stands.
    cost = lru_cache(of_workshop(_SPEED, "teacher_cost", device=device)) if has_costs else None
    with FileBars(console) as track:
        grid = run_grid(runs, out, train_run, track=track, say=say)
    for table in chosen:
        made = reproduction(table, planned, grid, cost)
        show(console, made)
        say(f"written: {write_markdown(markdown(made), out / f'table-{table.number}.md')}")


def _make_figure3(
    console: Console, sets: DataSets, out: Path, device: str, *, recipe: Recipe
) -> None:
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.reproduce.paper1.figure3 import figure3, runs_of_figure, show_figure3

    planned = runs_of_figure(sets, recipe=recipe)
    embed_run = of_workshop(_TRAINING, "embed_run", device=device)

    def say(what: str) -> None:
        console.print(what, markup=False, soft_wrap=True)

    with FileBars(console) as track:
        made = figure3(planned, out, embed_run, track=track, say=say)
    show_figure3(console, made)
