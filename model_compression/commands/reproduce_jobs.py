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
    from model_compression.reproduce.jobs import Cell, Measuring, Training
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


def check_settings(trainings: Sequence[Training]) -> None:
    """A mistake in what the user set is told at once, and not in each row. Raises `UserError`."""
    from model_compression.reproduce.job_config import configs_of
    from model_compression.reproduce.job_runner import trainings_of

    configs = configs_of(trainings_of(trainings))
    if configs:
        of_workshop("model_compression.reproduce.task_settings", "check_task_settings")(configs)


def tell_jobs(
    console: Console,
    measurings: Sequence[Measuring],
    out: Path | None,
    also: Sequence[Training] = (),
) -> None:
    """What would be trained and measured, and what is done. also: to train, whatever is measured."""
    from model_compression.reproduce.job_runner import MEASURED, TRAININGS, trainings_of

    def say(what: str) -> None:
        console.print(what, markup=False, soft_wrap=True)

    missing = [
        one
        for one in measurings
        if out is None or not (out / MEASURED / f"{one.id}.json").is_file()
    ]
    every = trainings_of([*(each for one in measurings for each in one.trainings), *also])
    wanted = set(trainings_of([*(each for one in missing for each in one.trainings), *also]))
    to_train = 0
    for training in every:
        if out is not None and _is_trained(out / TRAININGS / training.id):
            say(f"trained    {training.id}")
        elif training in wanted:
            to_train += 1
            say(f"to train   {training.id}{_told_of(training)}")
        else:
            say(f"not needed {training.id}")  # all that is asked of it is measured
    for one in measurings:
        say(f"{'to measure' if one in missing else 'measured  '} {one.id}")
    say(
        f"{len(measurings)} measurings of {len(every)} networks:"
        f" {to_train} to train, {len(missing)} to measure"
    )


def _is_trained(folder: Path) -> bool:
    """Raises `UserError` where its record is damaged."""
    record = of_workshop("model_compression.training.run_record", "read_run")(folder)
    return record is not None and bool(record.get("finished"))


def _told_of(training: Training) -> str:
    """What its name does not say."""
    from model_compression.reproduce.jobs import WEIGHTS
    from model_compression.reproduce.named_sets import PICTURES, SIMULATED

    told = []
    roles = [each.role for each in training.sets]
    if {SIMULATED, PICTURES} & set(roles):
        told.append(f"learns from {' and '.join(roles)}")
    before = training.begins_with
    begins_with = before.id if before else training.weights
    begins_with = begins_with or training.settings_by_key().get(WEIGHTS)
    if begins_with:
        told.append(f"begins with {begins_with}")
    return f" ({'; '.join(told)})" if told else ""


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
