"""A reproduced table as markdown and on the terminal: as printed, with our numbers below, then each one of ours."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge_app.errors import UserError
from model_compression.evaluation.table import row as markdown_row
from model_compression.reproduce.printed import UNITS, PrintedColumn
from model_compression.reproduce.reproduction import NOT_RUN, Outcome, Reproduction

_HERE = "→ here"
_DETAIL = ("row", "figure", "paper", "here", "95 % interval", "n", "people", "remark")
_LEVELS = "Simulated levels of intoxication are words of a script: no blood alcohol concentration belongs to them."


def markdown(reproduction: Reproduction) -> str:
    table = reproduction.table
    lines = [f"### {reproduction.heading}", "", f"Printed caption: {table.caption}", ""]
    for headings, rows in (
        (printed_headings(reproduction), printed_rows(reproduction)),
        (_DETAIL, detail_rows(reproduction)),
    ):
        lines += [
            markdown_row(cells) for cells in (headings, ["---"] * len(headings), *map(tuple, rows))
        ]
        lines.append("")
    return "\n".join([*lines, *(f"- {note}" for note in notes(reproduction))]) + "\n"


def show(console: Console, reproduction: Reproduction) -> None:
    console.print(reproduction.heading, markup=False, style="bold", soft_wrap=True)
    parts = [
        (printed_headings(reproduction), len(reproduction.table.labels), printed_rows(reproduction))
    ]
    if reproduction.outcomes:
        parts.append((_DETAIL, 2, detail_rows(reproduction)))
    for headings, left, rows in parts:
        table = Table(show_edge=False)
        for index, heading in enumerate(headings):
            numeric = index >= left and heading != _DETAIL[-1]
            table.add_column(
                escape(heading), justify="right" if numeric else "left", overflow="fold"
            )
        for cells in rows:
            ours = cells[0] == _HERE
            table.add_row(*map(escape, cells), style="bold" if ours else None)
        console.print(table)
        console.print()
    for note in notes(reproduction):
        console.print(note, markup=False, style="dim", soft_wrap=True)
    console.print()


def write_markdown(text: str, path: Path) -> Path:
    """Replaces the file in one step. Raises `UserError`."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place"
        ) from error
    return path


def printed_headings(reproduction: Reproduction) -> tuple[str, ...]:
    table = reproduction.table
    return (*table.labels, *(column.heading for column in table.columns))


def printed_rows(reproduction: Reproduction) -> list[list[str]]:
    """All rows of the paper; under each of its own network a row with what came out here."""
    table = reproduction.table
    rows = []
    for index, printed in enumerate(table.rows):
        texts = [table.text(index, column) for column in range(len(table.columns))]
        rows.append([*printed.labels, *texts])
        if printed.ours:
            here = [
                "–" if value is None else reproduction.text(index, column)
                for column, value in enumerate(printed.values)
            ]
            rows.append([_HERE, *[""] * (len(table.labels) - 1), *here])
    return rows


def detail_rows(reproduction: Reproduction) -> list[list[str]]:
    """One for each number that the paper prints of its own network."""
    table = reproduction.table
    own = [printed.labels for printed in table.rows if printed.ours]
    telling = [place for place, words in enumerate(zip(*own, strict=True)) if len(set(words)) > 1]
    return [
        [
            " ".join(printed.labels[place] for place in telling or range(len(table.labels))),
            column.heading,
            table.text(index, number),
            reproduction.text(index, number),
            *_behind(reproduction.outcome(index, number), column),
        ]
        for index, printed in enumerate(table.rows)
        if printed.ours
        for number, column in enumerate(table.columns)
        if printed.values[number] is not None
    ]


def notes(reproduction: Reproduction) -> list[str]:
    scripted = [_LEVELS] if reproduction.levels_are_scripted else []
    return [*scripted, *reproduction.set_notes, *reproduction.table.notes]


def _behind(outcome: Outcome, column: PrintedColumn) -> list[str]:
    """Interval, n, people (or other sources), remark."""
    figure, remark = outcome.figure, "; ".join(outcome.notes)
    if outcome.value is None:
        remark = "" if outcome.why == NOT_RUN else outcome.why
    if figure is None or figure.value is None:
        return ["", "", "", remark]
    interval = "–"
    if figure.low is not None and figure.high is not None:
        scale = UNITS[column.unit]
        interval = "–".join(
            f"{scale * end:.{column.decimals}f}" for end in (figure.low, figure.high)
        )
    people = f"({figure.sources} sources)" if figure.people is None else str(figure.people)
    return [interval, str(figure.n), people, remark]
