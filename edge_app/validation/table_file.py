"""A CSV file of a study: rows that know where they stand, and read their own cells.

Every mistake is one sentence with file, line and column.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

from edge_app.errors import UserError

_LARGEST_BYTES = 64 << 20
_SHOWN_CHARS = 40
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0", "")


class RecordError(UserError):
    """A study's records that cannot be computed with: a sentence with file, line and column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, with the name of its file as the user gave it."""

    file: Path
    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, must: str) -> RecordError:
        """The sentence about one cell."""
        value = self.cells.get(column, "")
        shown = f"`{value[:_SHOWN_CHARS]}`" if value else "empty"
        return RecordError(f"{self.file}:{self.line}: {column} is {shown} but must be {must}")

    def text(self, column: str) -> str:
        """Raises `RecordError` where the cell is empty."""
        if not self.cells.get(column):
            raise self.fault(column, "filled in")
        return self.cells[column]

    def number(self, column: str, low: float, high: float, unit: str) -> float:
        """Raises `RecordError` where the cell is no number from `low` to `high`."""
        must = f"a number from {low:g} to {high:g} ({unit}), with a decimal point"
        try:
            value = float(self.cells.get(column, ""))
        except ValueError:
            raise self.fault(column, must) from None
        if not (math.isfinite(value) and low <= value <= high):
            raise self.fault(column, must)
        return value

    def optional_number(self, column: str, low: float, high: float, unit: str) -> float | None:
        return self.number(column, low, high, unit) if self.cells.get(column) else None

    def whole(self, column: str, low: int, high: int) -> int:
        """Raises `RecordError` where the cell is no whole number from `low` to `high`."""
        text = self.cells.get(column, "")
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and low <= int(text) <= high):
            raise self.fault(column, f"a whole number from {low} to {high}")
        return int(text)

    def word(self, column: str, words: Sequence[str]) -> str:
        """Raises `RecordError` where the cell is none of `words`."""
        if self.cells.get(column, "") not in words:
            raise self.fault(column, " or ".join(word or "empty" for word in words))
        return self.cells.get(column, "")

    def yes(self, column: str) -> bool:
        """Empty, or no such column, is no. Raises `RecordError` for another word than yes and no."""
        word = self.cells.get(column, "").lower()
        if word not in _YES + _NO:
            raise self.fault(column, "yes or no")
        return word in _YES


def read_table(path: Path, required: Sequence[str]) -> list[Row]:
    """The rows below the header. Raises `RecordError`."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise RecordError(f"{path}: is larger than {_LARGEST_BYTES >> 20} MB; split the study")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise RecordError(
            f"{path}: is not UTF-8 (byte {error.start}); save it as CSV in UTF-8"
        ) from error
    try:
        return _rows(path, text, required)
    except csv.Error as error:
        raise RecordError(f"{path}: is no CSV that can be read ({error})") from error


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The header, in its order; none of an empty table."""
    return list(rows[0].cells) if rows else []


def _rows(path: Path, text: str, required: Sequence[str]) -> list[Row]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    header = [cell.strip() for cell in next(reader, [])]
    if not any(header):
        raise RecordError(
            f"{path}: is empty; its first line names the columns {', '.join(required)}"
        )
    _check_header(path, header, required)
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise RecordError(
                f"{path}:{reader.line_num}: has {len(cells)} cells but the header names {len(header)} columns"
            )
        named = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        rows.append(Row(path, reader.line_num, named))
    return rows


def _check_header(path: Path, header: Sequence[str], required: Sequence[str]) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise RecordError(f"{path}:1: cells are separated by `;`; save it with commas")
    for column in header:
        if not column:
            raise RecordError(f"{path}:1: a column has no name")
        if header.count(column) > 1:
            raise RecordError(f"{path}:1: column {column} is there twice")
    for column in required:
        if column not in header:
            near = get_close_matches(column, header, n=1)
            hint = f"; is it `{near[0]}`?" if near else ""
            raise RecordError(f"{path}:1: column {column} is missing{hint}")
