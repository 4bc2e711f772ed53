"""A printed table with what came out here beside each of the paper's own numbers, or why nothing did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def caveat(simulated: Sequence[str], other_sets: Sequence[str], *, only_simulated: bool) -> str:
    """What is said of figures that are not of the paper's own sets; "" of those that are."""
    told = []
    if simulated:
        where = "" if only_simulated else f" in place of {', '.join(simulated)}"
        told.append(f"simulated drivers{where}")
    if other_sets:
        told.append(f"{', '.join(other_sets)} in place of the paper's")
    return f"{'; '.join(told)}: {CONSISTENCY}" if told else ""


@dataclass(frozen=True, slots=True)
class Reproduction:
    table: PrintedTable
    outcomes: Mapping[tuple[int, int], Outcome] = field(default_factory=dict)  # by row and column
    stand_ins: tuple[str, ...] = ()  # roles that simulated drivers play
    only_simulated: bool = False  # no set of the paper's own is among them
    other_sets: tuple[str, ...] = ()  # real ones that stand in for the paper's
    levels_are_scripted: bool = False  # simulated drivers play the drunk
    set_notes: tuple[str, ...] = ()  # what has to be known of the prepared sets

    @property
    def heading(self) -> str:
        heading = f"Table {self.table.number}: {self.table.title}"
        told = caveat(self.stand_ins, self.other_sets, only_simulated=self.only_simulated)
        return f"{heading} ({told})" if told else heading

    def outcome(self, row: int, column: int) -> Outcome:
        """Of a number that the paper prints of its own network."""
        return self.outcomes.get((row, column), Outcome(why=NOT_RUN))

    def text(self, row: int, column: int) -> str:
        value = self.outcome(row, column).value
        decimals = self.table.columns[column].decimals
        return NOT_RUN if value is None else printed_text(value, decimals)
