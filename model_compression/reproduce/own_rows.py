"""The paper's own rows of a table, each with what it takes to have it here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from model_compression.reproduce.jobs import Cell, Measuring
from model_compression.reproduce.named_sets import CannotRunError
from model_compression.reproduce.printed import PrintedColumn, PrintedRow, PrintedTable

Asked = Callable[[PrintedRow, PrintedColumn], tuple[Measuring, ...]]
"""One measuring for each seed. Raises `CannotRunError`."""


def cells_by(table: PrintedTable, asked: Asked) -> list[Cell]:
    """Of every number that the paper prints of its own networks; a dash asks for nothing."""
    return list(_cells(table, asked))


def _cells(table: PrintedTable, asked: Asked) -> Iterator[Cell]:
    for index, row in enumerate(table.rows):
        for number, column in enumerate(table.columns):
            if row.ours and row.values[number] is not None:
                yield Cell(index, number, column.figure, _tried(asked, row, column))


def _tried(asked: Asked, row: PrintedRow, column: PrintedColumn) -> tuple[Measuring, ...] | str:
    try:
        return asked(row, column)
    except CannotRunError as why:
        return str(why)
