"""The report on a network that tells a class frame by frame, on the terminal and as JSON.

`docs/audio-visual.md` describes the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge_app.sound.smoothing import Smoothing
from edge_app.sound.windows import Windows
from model_compression.evaluation.figure import Figure
from model_compression.evaluation.frames.scores import FrameScores
from model_compression.evaluation.report import Json, figures_as_json

FORMAT = 1
_HEADLINE = {"macro_f1": "macro F1", "accuracy": "accuracy", "uar": "UAR"}


@dataclass(frozen=True, slots=True)
class FrameReport:
    network: str  # path
    name: str
    parameters: int
    step: int
    visual_weight: float | None  # lambda, of the baseline
    label: str
    set: str  # path
    fingerprint: str
    which: str  # `val`, `fold 3`
    windows: Windows
    smoothing: Smoothing
    scores: FrameScores
    warnings: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.name}, {self.label}, {self.which}"


def document(report: FrameReport, *, date: str, machine: Mapping[str, object]) -> Json:
    scores = report.scores
    return {
        "format": FORMAT,
        "date": date,
        "machine": dict(machine),
        "network": {
            "path": report.network,
            "name": report.name,
            "parameters": report.parameters,
            "step": report.step,
            "visual_weight": report.visual_weight,
        },
        "set": {"path": report.set, "fingerprint": report.fingerprint},
        "label": report.label,
        "classes": list(scores.confusion.classes),
        "which": report.which,
        "windows": asdict(report.windows),
        "smoothing": asdict(report.smoothing),
        "n": scores.n,
        "videos": scores.videos,
        "people": scores.people,
        **figures_as_json(scores.figures),
        "guessing": {
            "most_frequent": scores.most_frequent,
            "accuracy": scores.guessing_accuracy,
            "macro_f1": scores.guessing_macro_f1,
        },
        "confusion": scores.confusion.as_json(),
        "warnings": list(report.warnings),
    }


def show(console: Console, report: FrameReport) -> None:
    for line in _headings(report):
        console.print(line, markup=False, style="bold", soft_wrap=True)
    for warning in report.warnings:
        console.print(f"Warning: {warning}", markup=False, style="yellow", soft_wrap=True)
    console.print()
    console.print(_figures(report.scores))
    console.print()


def _headings(report: FrameReport) -> list[str]:
    scores = report.scores
    people = "unknown people" if scores.people is None else f"{scores.people} people"
    smoothing = report.smoothing
    smoothed = (
        "not smoothed"
        if smoothing.filter == "none"
        else f"{smoothing.filter} of {smoothing.kernel} frames"
    )
    weight = "" if report.visual_weight is None else f", lambda {report.visual_weight:g}"
    return [
        f"{report.name} ({report.parameters / 1e6:.2f} M parameters), {report.label}{weight}:"
        f" {report.network}, step {report.step}",
        f"{report.set}, {report.which}: {scores.n} labelled frames of {scores.videos} videos, {people};"
        f" windows of {report.windows.length} every {report.windows.stride}, {smoothed}",
    ]


def _figures(scores: FrameScores) -> Table:
    guessed = {"accuracy": scores.guessing_accuracy, "macro_f1": scores.guessing_macro_f1}
    table = Table(show_edge=False)
    table.add_column("")
    for heading in ("value", "95 %", f"always {scores.most_frequent}", "frames"):
        table.add_column(escape(heading), justify="right")
    for name, figure in scores.figures.items():
        told = _HEADLINE.get(name) or "{} {}".format(*name.split("_", 1)).replace("f1 ", "F1 ")
        told_guess = f"{guessed[name]:.4f}" if name in guessed else ""
        value = "–" if figure.value is None else f"{figure.value:.4f}"
        table.add_row(escape(told), value, _interval(figure), told_guess, str(figure.n))
    return table


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "–"
    return f"{figure.low:.4f}–{figure.high:.4f}"
