"""A printed table with what came out here beside each of the paper's own numbers, or why nothing did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model_compression.evaluation.figure import Figure
from model_compression.reproduce.printed import PrintedTable, Value, printed_text

NOT_RUN = "not run"
CONSISTENCY = "consistency, not accuracy"


@dataclass(frozen=True, slots=True)
class Outcome:
    value: Value = None  # in the column's unit; None: `why` says why
    why: str = ""
    figure: Figure | None = None  # of 1, with what stands behind it
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reproduction:
    table: PrintedTable
    outcomes: Mapping[tuple[int, int], Outcome] = field(default_factory=dict)  # by row and column
    stand_ins: tuple[str, ...] = ()  # roles that simulated drivers play
    only_simulated: bool = False
    other_sets: tuple[str, ...] = ()  # real ones that stand in for the paper's
    levels_are_scripted: bool = False  # simulated drivers play the drunk
    set_notes: tuple[str, ...] = ()  # what has to be known of the prepared sets

    @property
    def heading(self) -> str:
        heading = f"Table {self.table.number}: {self.table.title}"
        told = []
        if self.stand_ins:
            where = "" if self.only_simulated else f" in place of {', '.join(self.stand_ins)}"
            told.append(f"simulated drivers{where}")
        if self.other_sets:
            told.append(f"{', '.join(self.other_sets)} in place of the paper's")
        return f"{heading} ({'; '.join(told)}: {CONSISTENCY})" if told else heading

    def outcome(self, row: int, column: int) -> Outcome:
        """Of a number that the paper prints of its own network."""
        return self.outcomes.get((row, column), Outcome(why=NOT_RUN))

    def text(self, row: int, column: int) -> str:
        value = self.outcome(row, column).value
        decimals = self.table.columns[column].decimals
        return NOT_RUN if value is None else printed_text(value, decimals)
