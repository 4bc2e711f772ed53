"""One set's figures as tables on the terminal: all of them, then the chief ones by person, clip or subset."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from model_compression.evaluation.contestant import Contestant
from model_compression.evaluation.figure import Figure
from model_compression.evaluation.measured import ByContestant
from model_compression.evaluation.report import MeasuredSet, left_out_sentences

# Other groupings (pose, light, ...) have many rows and small groups: they stand in the JSON.
_SHOWN_GROUPINGS = (
    "person",
    "training",
    "clip",
    "subset",
    "family",
    "aperture",
    "cover",
)
_LEFT_OUT_OF_GROUPS = {"teacher_agrees", "eyes_available"}


def show(console: Console, measured_set: MeasuredSet, contestants: Sequence[Contestant]) -> None:
    measured = measured_set.measured
    people = "" if measured.people is None else f", {measured.people} people"
    heading = f"{measured_set.kind} {measured_set.path}: {measured.n} observations{people}"
    console.print(heading, markup=False, style="bold", soft_wrap=True)
    table = Table(show_edge=False)
    table.add_column("figure")
    table.add_column("n", justify="right")
    for contestant in contestants:
        table.add_column(escape(contestant.perception.name))
    roles = [contestant.role for contestant in contestants]
    for name, figure in measured.figures[roles[0]].items():
        others = [measured.figures[role].get(name) for role in roles]
        table.add_row(name, str(figure.n), *(_cell(other) for other in others))
    console.print(table)
    for what in _SHOWN_GROUPINGS:
        if what in measured.groups:
            console.print(_grouped(what, measured.groups[what], roles))
    left_out = (*measured.left_out_of_groups, *left_out_sentences(measured.left_out))
    for note in (*measured.notes, *left_out, *_reasons(measured.figures)):
        console.print(note, markup=False, style="dim", soft_wrap=True)
    console.print()


def _grouped(what: str, groups: dict[str, ByContestant], roles: Sequence[str]) -> Table:
    """A row for each group; a cell holds the values of all contestants."""
    first = next(iter(groups.values()))[roles[0]]
    names = [name for name in first if name not in _LEFT_OUT_OF_GROUPS]
    table = Table(show_edge=False)
    table.add_column(what)
    table.add_column("n", justify="right")
    for name in names:
        table.add_column(name.removesuffix("_deg").replace("_", " "), justify="right")
    for group, figures in groups.items():
        cells = [" / ".join(_value(figures[role].get(name)) for role in roles) for name in names]
        table.add_row(escape(group), str(figures[roles[0]][names[0]].n), *cells)
    return table


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.4f}"
    return f"{figure.value:.4f} ({figure.low:.4f}–{figure.high:.4f})"


def _value(figure: Figure | None) -> str:
    return "–" if figure is None or figure.value is None else f"{figure.value:.3f}"


def _reasons(figures: ByContestant) -> list[str]:
    return [
        f"{role}: {name}: {figure.interval}"
        for role, own in figures.items()
        for name, figure in own.items()
        if figure.value is None
    ]
