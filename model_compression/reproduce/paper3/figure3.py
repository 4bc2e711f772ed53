"""Figure 3 of paper 3: what the number of experts and the share of pictures come to, on FERV39k.

The paper prints no numbers of it; in its text 8 experts and half of the pictures are the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from model_compression.evaluation.figure import Figure, Figures
from model_compression.reproduce.job_runner import Done
from model_compression.reproduce.job_tables import mean_over_seeds
from model_compression.reproduce.jobs import Cell, Measuring
from model_compression.reproduce.line_panels import LinePanel, Point, write_lines
from model_compression.reproduce.paper3.plan import Points
from model_compression.reproduce.reproduction import NOT_RUN

PICTURE = "figure-3.png"
_FIGURES = {"UAR (%)": "uar", "WAR (%)": "accuracy"}


@dataclass(frozen=True, slots=True)
class Measured:
    x: float
    figures: Mapping[str, Figure]  # means over the seeds; {}: `why` says why
    why: str = ""


def cells_of_points(points: Points) -> list[Cell]:
    """As if they stood in a table."""
    return [Cell(0, 0, "uar", asked) for panel in points.values() for _, asked in panel]


def measured_points(points: Points, done: Done) -> dict[str, list[Measured]]:
    return {
        panel: [_measured(x, asked, done) for x, asked in each] for panel, each in points.items()
    }


def show_figure3(
    console: Console,
    panels: Mapping[str, Sequence[Measured]],
    out: Path,
    *,
    seeds: int,
    caveat: str,
) -> None:
    """caveat: where it is not of the paper's sets. Draws what there is into `out`."""
    heading = "Figure 3: UAR and WAR on FERV39k" + (f" ({caveat})" if caveat else "")
    console.print(heading, markup=False, style="bold", soft_wrap=True)
    drawn: list[LinePanel] = []
    for panel, points in panels.items():
        table = Table(panel, *_FIGURES, "clips", "people", show_edge=False)
        for point in points:
            table.add_row(f"{point.x:g}", *_cells(point))
        console.print(table)
        for why in dict.fromkeys(point.why for point in points if point.why):
            console.print(f"not run: {why}", markup=False, style="dim", soft_wrap=True)
        lines = tuple((heading, _line(points, name)) for heading, name in _FIGURES.items())
        if all(line for _, line in lines):
            drawn.append(LinePanel(panel, lines))
    bars = "bars: 95 % intervals over people" if seeds == 1 else f"means of {seeds} seeds"
    notes = [bars, *([caveat] if caveat else [])]
    for note in notes:
        console.print(note, markup=False, style="dim", soft_wrap=True)
    if drawn:
        write_lines(drawn, notes, out / PICTURE)
        console.print(f"written: {out / PICTURE}", markup=False, soft_wrap=True)


def _measured(x: float, asked: tuple[Measuring, ...] | str, done: Done) -> Measured:
    if isinstance(asked, str):
        return Measured(x, {}, asked)
    missing = [one for one in asked if one.id not in done.figures]
    if missing:
        return Measured(x, {}, done.failed.get(missing[0].id, NOT_RUN))
    of_seeds = [done.figures[one.id] for one in asked]
    return Measured(x, {name: _mean(of_seeds, name) for name in _FIGURES.values()})


def _mean(of_seeds: Sequence[Figures], name: str) -> Figure:
    figures = [each[name] for each in of_seeds]
    untold = next((figure for figure in figures if figure.value is None), None)
    return mean_over_seeds(figures) if untold is None else untold


def _line(points: Sequence[Measured], name: str) -> tuple[Point, ...]:
    found = ((point.x, point.figures.get(name)) for point in points)
    return tuple(
        Point(x, figure.value, figure.low, figure.high)
        for x, figure in found
        if figure is not None and figure.value is not None
    )


def _cells(point: Measured) -> list[str]:
    figures = [point.figures.get(name) for name in _FIGURES.values()]
    told = ["–" if each is None else _told(each) for each in figures]
    first = figures[0]
    if first is None:
        return [*told, "", ""]
    people = f"({first.sources} sources)" if first.people is None else str(first.people)
    return [*told, str(first.n), people]


def _told(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    text = f"{100 * figure.value:.2f}"
    if figure.low is None or figure.high is None:
        return text
    return f"{text} ({100 * figure.low:.1f}–{100 * figure.high:.1f})"
