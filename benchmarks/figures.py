"""Measured figures, the targets they are held against, and the table that shows both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach."""

    bound: Literal["at most", "at least"]
    value: float

    def met(self, value: float) -> bool:
        return value <= self.value if self.bound == "at most" else value >= self.value


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of one part; `low` and `high` are its range over the blocks or runs of the measurement."""

    part: str
    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    n: int | None = None  # how many frames, alerts or runs stand behind it
    target: Target | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.target.met(self.value)


@dataclass(slots=True)
class Results:
    """Everything one run has measured, and what it could not."""

    figures: list[Figure] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # one sentence each

    def add(self, figures: Iterable[Figure]) -> None:
        self.figures.extend(figures)

    def as_json(self) -> dict[str, object]:
        return {
            "figures": [{**asdict(figure), "met": figure.met} for figure in self.figures],
            "left_out": self.left_out,
        }


def print_table(results: Results, machine: dict[str, object], console: Console) -> None:
    with_notes = console.width >= 110
    table = Table(title=f"{machine['cpu']}, {machine['cores']} cores, {machine['date']}")
    for heading, justify in (
        ("part", "left"),
        ("figure", "left"),
        ("value", "right"),
        ("range", "right"),
        ("n", "right"),
        ("target", "left"),
        ("note", "left"),
    ):
        if heading != "note" or with_notes:
            table.add_column(heading, justify=justify, no_wrap=heading != "note")  # type: ignore[arg-type]
    part = ""
    for figure in results.figures:
        if figure.part != part and part:
            table.add_section()
        cells = (
            figure.part if figure.part != part else "",
            figure.name,
            f"{shown(figure.value)} {figure.unit}".rstrip(),
            _range(figure),
            "" if figure.n is None else str(figure.n),
            _verdict(figure),
            figure.note,
        )
        table.add_row(*cells[: len(table.columns)])
        part = figure.part
    console.print(table)
    for sentence in results.left_out:
        console.print(f"left out: {sentence}")


def shown(value: float) -> str:
    """Three significant digits, without an exponent; counts as they are."""
    if isinstance(value, int):
        return str(value)
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{digits}f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank; the largest value where there are too few for the percentile asked."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def _range(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{shown(figure.low)} – {shown(figure.high)}"


def _verdict(figure: Figure) -> str:
    target = figure.target
    if target is None:
        return ""
    colour, word = ("green", "met") if figure.met else ("red", "NOT MET")
    sign = "≤" if target.bound == "at most" else "≥"
    return f"[{colour}]{sign} {shown(target.value)} {word}[/{colour}]"
