"""What `vigil reproduce paper2` and `paper4` do: tables whose rows are trained by many configurations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.reproduce_jobs import (
    check_settings,
    chosen_tables,
    end_with,
    make_tables,
    tell_jobs,
    tell_why_not,
)

if TYPE_CHECKING:
    from model_compression.reproduce.jobs import Cell
    from model_compression.reproduce.named_sets import NamedSets, Role
    from model_compression.reproduce.printed import PrintedTable
    from model_compression.reproduce.recipe import Recipe

OutFolder = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder for networks and figures; a stopped run goes on."),
]
Seeds = Annotated[int, typer.Option("--seeds", min=1, help="How often to train each network.")]
Instead = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        "-c",
        metavar="NAME=CONFIG",
        help="A configuration of yours in the place of one that tables train by; may be repeated.",
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--steps",
        min=2,
        help="Steps of each training, shared among its stages; as configured without it.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would be trained, and what is done.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What both commands are given."""

    tables: Sequence[int]
    data: Sequence[str]
    out: Path | None
    seeds: int
    instead: Sequence[str]
    overrides: Sequence[str]
    steps: int | None
    device: str
    dry_run: bool


def reproduce_tables(
    paper: int,
    asked: Asked,
    roles: Sequence[Role],
    configs: Sequence[str],
    cells_of: Callable[[PrintedTable, NamedSets, Recipe], list[Cell]],
) -> None:
    """configs: that the tables train by. Raises `UserError`."""
    from rich.console import Console

    from model_compression.reproduce.job_tables import measurings_of
    from model_compression.reproduce.named_sets import named_sets
    from model_compression.reproduce.one_at_a_time import only_one
    from model_compression.reproduce.recipe import Recipe, configs_instead
    from model_compression.reproduce.reproduction import Reproduction
    from model_compression.reproduce.table import show

    if not asked.tables:
        last = max(_printed(paper))
        raise UserError(f"name what to reproduce: --table 1 to {last}")
    chosen = chosen_tables(paper, asked.tables)
    console = Console(highlight=False)
    out = asked.out
    if out is None and not asked.dry_run:
        if asked.data:
            raise UserError(
                "name a folder for networks and figures with --out; without it only tables are printed"
            )
        for table in chosen:
            show(console, Reproduction(table))
        return
    sets = named_sets(asked.data, roles)
    instead = configs_instead(asked.instead, configs)
    recipe = Recipe(instead, asked.steps, asked.seeds, tuple(asked.overrides))
    cells = {table.number: cells_of(table, sets, recipe) for table in chosen}
    every = [cell for each in cells.values() for cell in each]
    measurings = measurings_of(every)
    check_settings([training for one in measurings for training in one.trainings])
    if asked.dry_run:
        tell_jobs(console, measurings, out)
        tell_why_not(console, every)
        return
    assert out is not None
    measure = f"model_compression.reproduce.paper{paper}.measure"
    with only_one(out):
        end_with(make_tables(console, chosen, cells, out, measure, device=asked.device))


def _printed(paper: int) -> dict[int, PrintedTable]:
    from model_compression.reproduce.printed import printed_tables

    return printed_tables(paper)
