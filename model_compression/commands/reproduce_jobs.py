"""What `vigil reproduce paper2`, `paper3` and `paper4` have in common: choosing tables, telling, doing, writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from model_compression.reproduce.job_runner import Done
    from model_compression.reproduce.jobs import Cell, Measuring
    from model_compression.reproduce.printed import PrintedTable


def of_workshop(module: str, name: str, **bound: Any) -> Callable[..., Any]:
    """What trains or measures networks: it needs packages that reading tables does not. Raises `UserError`."""
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise UserError(
            f"vigil reproduce needs the Python package {error.name} to train; run"
            " `pip install 'vigil-driver-monitoring[train]'`"
        ) from error
    return partial(found, **bound)


def chosen_tables(paper: int, numbers: Sequence[int]) -> list[PrintedTable]:
    """Raises `UserError` for a table that the paper does not have."""
    from model_compression.reproduce.printed import printed_tables

    printed = printed_tables(paper)
    for number in numbers:
        if number not in printed:
            raise UserError(f"--table {number}: the paper has tables 1 to {max(printed)}")
    return [printed[number] for number in dict.fromkeys(numbers)]


def tell_jobs(console: Console, measurings: Sequence[Measuring], out: Path | None) -> None:
    """What would be trained and measured, and what is done."""
    from model_compression.reproduce.job_runner import MEASURED, chain_of

    for one in measurings:
        done = out is not None and (out / MEASURED / f"{one.id}.json").is_file()
        word = "done   " if done else "to run "
        console.print(f"{word} {one.id}", markup=False, soft_wrap=True)
    trainings = {
        each.id for one in measurings for training in one.trainings for each in chain_of(training)
    }
    console.print(f"{len(measurings)} measurings of {len(trainings)} networks", markup=False)


def tell_why_not(console: Console, cells: Sequence[Cell]) -> None:
    for why in dict.fromkeys(cell.asked for cell in cells if isinstance(cell.asked, str)):
        console.print(f"cannot run: {why}", markup=False, soft_wrap=True)


def make_tables(
    console: Console,
    tables: Sequence[PrintedTable],
    cells: Mapping[int, Sequence[Cell]],
    out: Path,
    measure_module: str,
    *,
    device: str,
) -> Done:
    """cells: by the table's number. measure_module: has `measure(measuring, folders, *, device)`."""
    from model_compression.reproduce.job_tables import job_reproduction
    from model_compression.reproduce.table import markdown, show, write_markdown

    asked = [cell for table in tables for cell in cells[table.number]]
    done = measured(console, asked, out, measure_module, device=device)
    for table in tables:
        made = job_reproduction(table, cells[table.number], done)
        show(console, made)
        path = write_markdown(markdown(made), out / f"table-{table.number}.md")
        console.print(f"written: {path}", markup=False, soft_wrap=True)
    return done


def end_with(*made: Done) -> None:
    """Where something broke off, all else has been done, and the command ends as one with an internal error."""
    broken = dict.fromkeys(name for done in made for name in done.broken)
    if broken:
        typer.echo(f"internal error: {len(broken)} broke off: {', '.join(broken)}", err=True)
        raise typer.Exit(1)


def measured(
    console: Console, cells: Sequence[Cell], out: Path, measure_module: str, *, device: str
) -> Done:
    """What cells ask for, behind a bar."""
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.reproduce.job_runner import Done, run_jobs
    from model_compression.reproduce.job_tables import measurings_of

    measurings = measurings_of(cells)
    if not measurings:  # only what has to be done needs the packages for it
        return Done({}, {})
    train = of_workshop("model_compression.reproduce.train_job", "train_job", device=device)
    measure = of_workshop(measure_module, "measure", device=device)
    with FileBars(console) as track:
        return run_jobs(
            measurings,
            out,
            train,
            measure,
            track=track,
            say=lambda what: console.print(what, markup=False, soft_wrap=True),
        )


def nothing_to_train(*_: object, **__: object) -> Any:
    raise AssertionError("there is nothing to train")
