"""A report on clip networks on the terminal: figures beside what guessing gives, and who is taken for whom."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from model_compression.evaluation.classification import Confusion
from model_compression.evaluation.clips.scores import Scores
from model_compression.evaluation.clips.teacher_report import ScoredNetwork, TeacherReport
from model_compression.evaluation.figure import Figure

_HEADLINE = (
    *("accuracy", "accuracy_mean_of_folds", "uar", "uar_mean_of_folds"),
    *("macro_f1", "f1", "auroc", "ece", "ece_adaptive"),
)
_NAMES = {
    "accuracy": "accuracy (WAR)",
    "accuracy_mean_of_folds": "accuracy, mean of folds",
    "uar": "UAR",
    "uar_mean_of_folds": "UAR, mean of folds",
    "macro_f1": "macro F1",
    "auroc": "AUROC",
    "ece": "ECE",
    "ece_adaptive": "ECE, adaptive",
    "person_accuracy_worst": "accuracy, worst person",
    "person_accuracy_median": "people, median",
}
_RECALL, _PERSON = "recall_", "person_accuracy_"


def show(console: Console, report: TeacherReport) -> None:
    for line in headings(report):
        console.print(line, markup=False, style="bold", soft_wrap=True)
    for warning in report.warnings:
        console.print(f"Warning: {warning}", markup=False, style="yellow", soft_wrap=True)
    console.print()
    console.print(_figures(report.clips, "clips"))
    console.print()
    together = f", {report.seeds} seeds together" if report.seeds > 1 else ""
    console.print(f"Clips by true class, and what was said of them{together}:", markup=False)
    console.print(_confusion(report.clips.confusion))
    if report.videos is not None:
        console.print()
        how = {"majority": "what most of its clips say"}.get(
            report.by_video, f"mean {report.by_video} of its clips"
        )
        console.print(f"By whole video, {how}:", markup=False)
        console.print(_figures(report.videos, "videos", chief_only=True))
    if len(report.networks) > 1:
        console.print()
        console.print(_networks(report.networks))
    console.print()
    for note in report.notes:
        console.print(note, markup=False, style="dim", soft_wrap=True)
    console.print()


def headings(report: TeacherReport) -> list[str]:
    first = report.networks[0]
    asked = report.label
    if report.positive_from is not None:
        asked += f", {' or '.join(report.clips.classes)}"
    several = []
    if report.folds > 1:
        several.append(f"{report.folds} folds taken together")
    if report.seeds > 1:
        several.append(f"mean of {report.seeds} seeds")
    who = f"{first.name} ({first.parameters / 1e6:.2f} M parameters), {asked}"
    lines = [": ".join((who, ", ".join(several) or f"{first.path}, step {first.step}"))]
    people = report.clips.people
    counted = f"{report.clips.n} clips of " + (
        "unknown people" if people is None else f"{people} {'person' if people == 1 else 'people'}"
    )
    where = ", ".join(each.path for each in report.sets)
    simulated = " (simulated drivers: consistency, not accuracy)" if report.simulated else ""
    lines.append(f"{where}, {report.which}: {counted}{simulated}")
    return lines


def title(report: TeacherReport) -> str:
    """In a few words."""
    name = f"{report.networks[0].name}, {report.label}, {report.clips.n} clips"
    return f"{name} (simulated)" if report.simulated else name


def figure_name(name: str, classes: tuple[str, ...]) -> str:
    if name == "f1":
        return f"F1 of {classes[1]}"
    if name.startswith(_RECALL):
        return f"recall of {name.removeprefix(_RECALL)}"
    if name not in _NAMES and name.startswith(_PERSON):
        return f"people, {name.removeprefix(_PERSON).removeprefix('q')}th percentile"
    return _NAMES.get(name, name)


def _figures(scores: Scores, counted: str, *, chief_only: bool = False) -> Table:
    table = Table(show_edge=False)
    for heading in ("figure", "value", "95 % interval", "guessing", counted, "people"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    guessing = scores.guessing
    guessed = {"accuracy": guessing.accuracy, "uar": guessing.uar, "auroc": guessing.auroc}
    before = ""
    for name, figure in sorted(scores.figures.items(), key=lambda item: _place(item[0])):
        group = next((part for part in (_RECALL, _PERSON) if name.startswith(part)), "")
        if chief_only and group:
            continue
        if group != before:
            table.add_section()
            before = group
        table.add_row(
            escape(figure_name(name, scores.classes)),
            _number(figure.value),
            _interval(figure),
            _number(guessed[name]) if name in guessed else "",
            str(figure.n),
            "" if figure.people is None else str(figure.people),
        )
    return table


def _place(name: str) -> int:
    """The headline first, then what is of one class, then what is of one person."""
    if name in _HEADLINE:
        return _HEADLINE.index(name)
    return len(_HEADLINE) + name.startswith(_PERSON)


def _confusion(confusion: Confusion) -> Table:
    table = Table(show_edge=False)
    table.add_column("true")
    for name in confusion.classes:
        table.add_column(escape(name), justify="right")
    table.add_column("clips", justify="right")
    for name, row in zip(confusion.classes, confusion.counts, strict=True):
        total = int(row.sum())
        cells = [f"{int(n)} ({n / total:.0%})" if total else "–" for n in row[:-1]]
        table.add_row(escape(name), *cells, str(total))
    return table


def _networks(networks: tuple[ScoredNetwork, ...]) -> Table:
    table = Table(show_edge=False)
    for heading in ("network", "fold", "seed", "step", "clips", "accuracy", "UAR"):
        table.add_column(heading, justify="left" if heading == "network" else "right")
    for network in networks:
        table.add_row(
            escape(network.path),
            "" if network.fold is None else str(network.fold),
            str(network.seed),
            str(network.step),
            str(network.n),
            *(_number(network.figures[name].value) for name in ("accuracy", "uar")),
        )
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "–"
    return f"{figure.low:.4f}–{figure.high:.4f}"
