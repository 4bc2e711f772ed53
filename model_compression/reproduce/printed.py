"""What a paper printed: its tables, number for number, from the YAML file of its package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edge_app.errors import UserError

UNITS = {"percent": 100.0, "share": 1.0, "million": 1e-6, "ms": 1.0}
"""Unit of a column -> by what a measured number (of 1, of parameters, of ms) is multiplied to stand in it."""
FIGURES = (
    *("accuracy", "uar", "f1", "auroc", "macro_f1"),
    *("accuracy_8", "accuracy_7", "rmse_valence", "rmse_arousal"),
    *("ccc_valence", "ccc_arousal", "p_va"),  # p_va: the mean of both
    *("kl_scores", "kl_clustered_scores", "kl_clustered_embeddings", "kl_clustered_audio"),
    *("pcc", "pcc_admiration", "pcc_amusement", "pcc_determination"),
    *("pcc_empathic_pain", "pcc_excitement", "pcc_joy"),
    *("parameters", "activated_parameters", "inference"),
)
WITHOUT_A_SET = ("parameters", "activated_parameters", "inference")


Value = float | tuple[float, float] | None  # a number, a range, a dash


@dataclass(frozen=True, slots=True)
class PrintedColumn:
    heading: str
    figure: str  # one of FIGURES; WAR is `accuracy`
    unit: str  # one of UNITS
    decimals: int
    set: str | None  # the data set that it is of


@dataclass(frozen=True, slots=True)
class PrintedRow:
    labels: tuple[str, ...]
    values: tuple[Value, ...]  # one a column
    ours: bool  # of the paper's own network


@dataclass(frozen=True, slots=True)
class PrintedTable:
    number: int
    title: str
    caption: str  # its first sentence, as printed
    labels: tuple[str, ...]  # headings over the rows' labels
    columns: tuple[PrintedColumn, ...]
    rows: tuple[PrintedRow, ...]
    notes: tuple[str, ...]  # where the paper contradicts itself, and how it is read here

    def text(self, row: int, column: int) -> str:
        return printed_text(self.rows[row].values[column], self.columns[column].decimals)


def printed_text(value: Value, decimals: int) -> str:
    if value is None:
        return "–"
    ends = value if isinstance(value, tuple) else (value,)
    return "–".join(f"{end:.{decimals}f}" for end in ends)


def printed_tables(paper: int) -> dict[int, PrintedTable]:
    """Those of a paper, 1 to 4, by number."""
    return read_printed(Path(__file__).parent / f"paper{paper}" / "tables.yaml")


def read_printed(file: Path) -> dict[int, PrintedTable]:
    """Raises `UserError` for a file that holds no tables, with the table and the row in which it is wrong."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{file}: cannot be read ({error}); install Vigil again") from error
    entries = content.get("tables") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise UserError(f"{file}: holds no list of tables under `tables`; install Vigil again")
    tables: dict[int, PrintedTable] = {}
    for entry in entries:
        number = entry.get("number") if isinstance(entry, dict) else None
        try:
            table = _table(entry)
            if table.number in tables:
                raise ValueError("is there twice")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(f"{file}: table {number}: {error}; mend the file") from error
        tables[table.number] = table
    return tables


def _table(entry: Mapping[str, Any]) -> PrintedTable:
    columns = tuple(_column(each) for each in entry["columns"])
    labels = _words(entry["labels"])
    rows = tuple(_row(each, len(labels), len(columns)) for each in entry["rows"])
    if not columns or not rows:
        raise ValueError("has no columns or no rows")
    return PrintedTable(
        number=int(entry["number"]),
        title=str(entry["title"]),
        caption=str(entry["caption"]),
        labels=labels,
        columns=columns,
        rows=rows,
        notes=_words(entry.get("notes", [])),
    )


def _column(entry: Mapping[str, Any]) -> PrintedColumn:
    column = PrintedColumn(
        heading=str(entry["heading"]),
        figure=entry["figure"],
        unit=entry["unit"],
        decimals=int(entry["decimals"]),
        set=entry.get("set"),
    )
    if column.figure not in FIGURES:
        raise ValueError(f"figure {column.figure} is none of {', '.join(FIGURES)}")
    if column.unit not in UNITS:
        raise ValueError(f"unit {column.unit} is none of {', '.join(UNITS)}")
    if (column.set is None) != (column.figure in WITHOUT_A_SET):
        raise ValueError(f"the column {column.heading} names a set where it needs none, or none")
    return column


def _row(entry: Mapping[str, Any], labels: int, columns: int) -> PrintedRow:
    row = PrintedRow(
        _words(entry["labels"]),
        tuple(_value(value) for value in entry["values"]),
        bool(entry.get("ours", False)),
    )
    if (len(row.labels), len(row.values)) != (labels, columns):
        raise ValueError(
            f"the row {' '.join(row.labels)} has {len(row.labels)} labels and {len(row.values)} values, not"
            f" {labels} and {columns}"
        )
    return row


def _value(value: object) -> Value:
    if value is None:
        return None
    if isinstance(value, list):
        low, high = (float(end) for end in value)
        if low > high:
            raise ValueError(f"the range {low} to {high} runs backwards")
        return low, high
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number; write null for a dash")
    return float(value)


def _words(values: Sequence[object]) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{values!r} is no list of words")
    return tuple(str(value) for value in values)
