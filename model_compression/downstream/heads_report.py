"""The report on heads: figures of each in every way they are counted, as tables on the terminal and as JSON.

`docs/heads-on-students.md` describes the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from model_compression.data.features.feature_set import FeatureSet
from model_compression.evaluation.figure import Figure, Figures
from model_compression.evaluation.report import Json, figures_as_json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class HeadsReport:
    task: str
    which: str  # split
    how: str  # in words, "" where there is nothing to say
    settings: Mapping[str, object]  # the same for a program
    features: FeatureSet
    networks: tuple[str, ...]
    parts: Mapping[str, Figures]  # in which way, or of which head -> its figures
    missing: Mapping[str, tuple[str, ...]]  # of which head -> videos of which nothing is said
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def document(report: HeadsReport, *, date: str, machine: Mapping[str, object]) -> Json:
    return {
        "format": FORMAT,
        "date": date,
        "machine": dict(machine),
        "task": report.task,
        "set": set_as_json(report.features),
        "which": report.which,
        "settings": dict(report.settings),
        "networks": list(report.networks),
        "figures": {name: figures_as_json(figures) for name, figures in report.parts.items()},
        "missing": {name: list(videos) for name, videos in report.missing.items()},
        "warnings": list(report.warnings),
        "notes": list(report.notes),
    }


def set_as_json(features: FeatureSet) -> Json:
    return {
        "path": str(features.folder),
        "kind": features.kind,
        "fingerprint": features.fingerprint,
        "notes": list(features.notes),
    }


def show(console: Console, report: HeadsReport) -> None:
    say(console, f"{report.task}: {', '.join(report.networks)}", "bold")
    of_what = (str(report.features.folder), report.which, report.how)
    say(console, ", ".join(filter(None, of_what)), "bold")
    for warning in report.warnings:
        say(console, f"Warning: {warning}", "yellow")
    for name, figures in report.parts.items():
        console.print()
        console.print(figure_table(name, figures))
    for name, videos in report.missing.items():
        if videos:
            say(console, f"{name}: nothing is said of {', '.join(videos)}")
    for note in (*report.features.notes, *report.notes):
        say(console, note, "dim")


def figure_table(heading: str, figures: Figures) -> Table:
    table = Table(show_edge=False)
    for name in (heading, "value", "95 % interval", "n", "over"):
        table.add_column(escape(name), justify="left" if name == heading else "right")
    for name, figure in figures.items():
        table.add_row(
            escape(name), number(figure.value), _interval(figure), str(figure.n), _over(figure)
        )
    return table


def say(console: Console, line: str, style: str = "") -> None:
    console.print(line, markup=False, style=style, soft_wrap=True)


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "–"
    return f"{figure.low:.4f}–{figure.high:.4f}"


def _over(figure: Figure) -> str:
    """People or videos of the interval, or why there is none."""
    if figure.low is None or figure.sources is None:
        return figure.interval
    return f"{figure.sources} {'people' if figure.people is not None else 'videos'}"
