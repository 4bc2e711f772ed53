"""What was done for a table's cells, in its places: the paper's own numbers and ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from model_compression.evaluation.figure import Figure
from model_compression.reproduce.job_runner import Done, chain_of
from model_compression.reproduce.jobs import Cell, Measuring, Training
from model_compression.reproduce.named_sets import SIMULATED, NamedSet
from model_compression.reproduce.printed import UNITS, WITHOUT_A_SET, PrintedTable
from model_compression.reproduce.reproduction import NOT_RUN, Outcome, Reproduction, caveat


def job_reproduction(table: PrintedTable, cells: Sequence[Cell], done: Done) -> Reproduction:
    outcomes: dict[tuple[int, int], Outcome] = {}
    asked: list[Measuring] = []
    for cell in cells:
        scale = UNITS[table.columns[cell.column].unit]
        outcomes[cell.row, cell.column] = _outcome(cell, done, scale)
        if not isinstance(cell.asked, str):
            asked += cell.asked
    sets = _sets_of(asked)
    return Reproduction(
        table,
        outcomes,
        stand_ins=_simulated(sets),
        only_simulated=_none_is_own(sets),
        other_sets=_other_sets(sets),
        set_notes=(
            *_recipes(asked),
            *(f"{one.role}: {note}" for one in sets for note in one.notes),
        ),
    )


def caveat_of(asked: Sequence[Measuring]) -> str:
    """For what is drawn rather than put in a table."""
    sets = _sets_of(asked)
    return caveat(_simulated(sets), _other_sets(sets), only_simulated=_none_is_own(sets))


def mean_over_seeds(figures: Sequence[Figure]) -> Figure:
    """figures: of one seed each, none of them without a value."""
    if len(figures) == 1:
        return figures[0]
    mean = float(np.mean([figure.value for figure in figures]))
    # The interval of one network's figure over people is none of the mean's.
    return replace(figures[0], value=mean, low=None, high=None)


def measurings_of(cells: Sequence[Cell]) -> list[Measuring]:
    """In the order of the cells, each once."""
    found = (one for cell in cells if not isinstance(cell.asked, str) for one in cell.asked)
    return list(dict.fromkeys(found))


def _outcome(cell: Cell, done: Done, scale: float) -> Outcome:
    if isinstance(cell.asked, str):
        return Outcome(why=cell.asked)
    missing = [one for one in cell.asked if one.id not in done.figures]
    if missing:
        return Outcome(why=done.failed.get(missing[0].id, NOT_RUN))
    figures = [done.figures[one.id].get(cell.figure) for one in cell.asked]
    known = [figure for figure in figures if figure is not None and figure.value is not None]
    if len(known) < len(figures):
        told = next((figure.interval for figure in figures if figure is not None), "")
        return Outcome(why=told or "cannot be told of this set")
    if cell.figure in WITHOUT_A_SET:
        return Outcome(scale * (known[0].value or 0.0))  # of no clips, and of no people
    return _over_seeds(known, scale)


def _over_seeds(figures: Sequence[Figure], scale: float) -> Outcome:
    values = [figure.value for figure in figures if figure.value is not None]
    first = figures[0]
    if len(values) == 1:
        unsure = (
            () if first.low is not None or not first.interval else (f"interval: {first.interval}",)
        )
        return Outcome(scale * values[0], figure=first, notes=unsure)
    told = f"mean of {len(values)} seeds, {scale * min(values):.4g} to {scale * max(values):.4g}"
    return Outcome(scale * float(np.mean(values)), figure=mean_over_seeds(figures), notes=(told,))


def _simulated(sets: Iterable[NamedSet]) -> tuple[str, ...]:
    """What simulated drivers play."""
    return tuple(
        "sets that are not given" if one.role == SIMULATED else one.role
        for one in sets
        if one.kind == SIMULATED
    )


def _none_is_own(sets: Iterable[NamedSet]) -> bool:
    return all(one.stands_in for one in sets)


def _other_sets(sets: Iterable[NamedSet]) -> tuple[str, ...]:
    """Real ones, of which a paper has others."""
    return tuple(
        f"{one.content} of {one.kind}" for one in sets if one.stands_in and one.kind != SIMULATED
    )


def _sets_of(asked: Sequence[Measuring]) -> list[NamedSet]:
    found: dict[tuple[str, str], NamedSet] = {}
    for one in asked:
        for each in (one.on, *(each for training in _all(one) for each in training.sets)):
            found[each.role, each.fingerprint] = each
    return list(found.values())


def _all(measuring: Measuring) -> list[Training]:
    return [one for training in measuring.trainings for one in chain_of(training)]


def _recipes(asked: Sequence[Measuring]) -> Iterator[str]:
    """How the networks were trained: of a short run nobody should think that it was a long one."""
    trainings = (training for one in asked for training in _all(one))
    told = dict.fromkeys((one.config, one.steps, one.overrides) for one in trainings)
    for config, steps, overrides in told:
        length = f"{steps} steps" if steps else "as many steps as it has"
        other = f"; {', '.join(overrides)}" if overrides else ""
        yield f"Trained by the configuration {config}, {length}{other}."
