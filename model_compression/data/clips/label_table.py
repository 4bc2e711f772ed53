"""A CSV file of labels, row by row with the line it stands on, so that an error can name it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge_app.errors import UserError


def table_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """`FILE line N` and the row. Raises `UserError` where the file cannot be read or lacks one of the columns."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file, skipinitialspace=True)
            missing = [name for name in columns if name not in (table.fieldnames or ())]
            if missing:
                raise UserError(
                    f"{path}: has no column {', '.join(missing)}; its first line must name"
                    f" {', '.join(columns)}."
                )
            for row in table:
                values = {key: (value or "").strip() for key, value in row.items() if key}
                yield f"{path} line {table.line_num}", values
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: is no table of text ({error}).") from error


def whole_number(text: str, where: str, column: str) -> int:
    """Raises `UserError`. Also of `3.0`, as some programs write numbers."""
    number = real_number(text, where, column)
    if not number.is_integer():
        raise UserError(f"{where}: {column} is '{text}' but must be a whole number.")
    return int(number)


def real_number(text: str, where: str, column: str) -> float:
    """Raises `UserError`; no number is below 0 in these tables."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise UserError(f"{where}: {column} is '{text}' but must be a number.")
    return number
