"""What the runs of a grid come to in the places of a printed table: figures, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from edge_app.errors import UserError
from model_compression.data.clips.classes import INTOXICATION
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.figures import figure_over_seeds, mean_of_folds
from model_compression.evaluation.clips.pooling import by_video, has_long_videos, pooled
from model_compression.evaluation.figure import Figure
from model_compression.reproduce.named_sets import CannotRunError
from model_compression.reproduce.paper1.data_sets import DataSets, PreparedSet
from model_compression.reproduce.paper1.grid import Asked, Cell, cells_of
from model_compression.reproduce.paper1.runner import GridAnswers
from model_compression.reproduce.paper1.runs import Experiment, Recipe, experiment
from model_compression.reproduce.paper1.teacher_choice import TeacherChoice, TeacherCost
from model_compression.reproduce.printed import UNITS, PrintedTable
from model_compression.reproduce.reproduction import NOT_RUN, Outcome, Reproduction

Experiments = Mapping[Asked, Experiment | str]  # str: why there is none


def experiments_of(
    tables: Sequence[PrintedTable], sets: DataSets, *, seeds: int, recipe: Recipe
) -> Experiments:
    """What the cells of the tables ask for, in the order of the tables."""
    planned: dict[Asked, Experiment | str] = {}
    for cell in (cell for table in tables for cell in cells_of(table)):
        if isinstance(cell.asked, Asked) and cell.asked not in planned:
            try:
                planned[cell.asked] = experiment(cell.asked, sets, seeds=seeds, recipe=recipe)
            except CannotRunError as why:
                planned[cell.asked] = str(why)
    return planned


def reproduction(
    table: PrintedTable, planned: Experiments, grid: GridAnswers, cost: TeacherCost | None
) -> Reproduction:
    outcomes: dict[tuple[int, int], Outcome] = {}
    played: dict[str, PreparedSet] = {}  # role -> the set that plays it
    plans: list[Experiment] = []
    scripted = False
    for cell in cells_of(table):
        where = cell.row, cell.column
        if isinstance(cell.asked, TeacherChoice):
            outcomes[where] = _cost_outcome(cell.asked, cell.figure, cost)
            continue
        plan = planned[cell.asked]
        if isinstance(plan, str):
            outcomes[where] = Outcome(why=plan)
            continue
        outcomes[where] = _outcome(cell, plan, grid, UNITS[table.columns[cell.column].unit])
        plans.append(plan)
        run = plan.runs[0]
        played.update({cell.asked.train: run.train, cell.asked.test: run.test})
        scripted |= run.train.simulated and run.task.of == INTOXICATION
    return Reproduction(
        table,
        outcomes,
        stand_ins=tuple(role for role, own in played.items() if own.simulated),
        only_simulated=all(own.simulated for own in played.values()),
        levels_are_scripted=scripted,
        set_notes=(*_recipes(plans), *_notes_on(played)),
    )


def _recipes(plans: Iterable[Experiment]) -> Iterator[str]:
    """How the networks were trained: of a short run nobody should think that it was a long one."""
    for recipe in dict.fromkeys(run.recipe for plan in plans for run in plan.runs):
        steps = f"{recipe.steps} steps" if recipe.steps else "as many steps as it has"
        other = f"; {', '.join(recipe.overrides)}" if recipe.overrides else ""
        yield f"Trained by the configuration {recipe.config}, {steps}{other}."


def _notes_on(played: Mapping[str, PreparedSet]) -> Iterator[str]:
    """What has to be known of the sets. played: role -> the set that plays it."""
    for own in {each.name: each for each in played.values()}.values():
        yield from (f"{own.name}: {note}" for note in own.notes)
        roles = [role for role, other in played.items() if other.name == own.name]
        if len(roles) > 1:
            yield f"{own.name} plays {', '.join(roles)}: a test across them stays within one set."
        if own.test_split == "val":
            yield f"{own.name} has no test clips with labels: it is scored on val."


def _outcome(cell: Cell, plan: Experiment, grid: GridAnswers, scale: float) -> Outcome:
    missing = [run for run in plan.runs if run.id not in grid.answers]
    if missing:
        return Outcome(why=grid.failed.get(missing[0].id, NOT_RUN))
    folds = [[grid.answers[run.id] for run in runs] for runs in plan.by_seed]
    seeds = [pooled(own) for own in folds]
    figure = figure_over_seeds(seeds, cell.figure)
    if figure.value is None:
        return Outcome(why=figure.interval, figure=figure)
    return Outcome(
        scale * figure.value,
        figure=figure,
        notes=(*_beside(cell, folds, seeds, scale), *_unsure(figure)),
    )


def _beside(
    cell: Cell,
    folds: Sequence[Sequence[ClipAnswers]],
    seeds: Sequence[ClipAnswers],
    scale: float,
) -> Iterator[str]:
    """The same figure counted otherwise. folds: of each seed."""
    if len(folds[0]) > 1:
        means = [mean_of_folds(own, cell.figure).value for own in folds]
        told = [mean for mean in means if mean is not None]
        if len(told) == len(means):
            yield f"mean of {len(folds[0])} folds {scale * float(np.mean(told)):.2f}"
    if len(seeds) > 1:
        each = [figure_over_seeds([own], cell.figure).value for own in seeds]
        known = [scale * value for value in each if value is not None]
        yield f"mean of {len(seeds)} seeds, {min(known):.2f} to {max(known):.2f}"
    if all(has_long_videos(own) for own in seeds):
        by_videos = figure_over_seeds([by_video(own) for own in seeds], cell.figure)
        if by_videos.value is not None:
            yield f"by video {scale * by_videos.value:.2f} (of {by_videos.n})"
    if cell.beside is not None:
        beside = figure_over_seeds(seeds, cell.beside)
        if beside.value is not None:
            yield f"{cell.beside} {scale * beside.value:.2f}"


def _unsure(figure: Figure) -> list[str]:
    return [f"interval: {figure.interval}"] if figure.low is None else []


def _cost_outcome(teacher: TeacherChoice, figure: str, cost: TeacherCost | None) -> Outcome:
    if cost is None:
        return Outcome(why=NOT_RUN)
    try:
        found = cost(teacher)
    except UserError as error:
        return Outcome(why=str(error))
    if figure == "parameters":
        return Outcome(found.parameters * UNITS["million"])
    if found.inference_ms is None:
        return Outcome(why=f"not timed: {found.how}")
    return Outcome(found.inference_ms, notes=(found.how,))
