"""The report on compound expressions: balance, divergence, agreement of models; as tables, JSON, CSV and a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.downstream.answers_table import (
    FRAME_COLUMNS,
    AnswersTable,
    frame_cells,
    frame_rates,
)
from model_compression.downstream.compound import COMPOUNDS, PRINTED_FRAMES
from model_compression.downstream.compound_figures import (
    balance_figures,
    kappa_figure,
    label_figures,
)
from model_compression.downstream.compound_models import CompoundModel
from model_compression.downstream.heads_report import say, set_as_json
from model_compression.evaluation.figure import Figure, Figures
from model_compression.evaluation.png_file import write_png
from model_compression.evaluation.report import Json, figures_as_json

FORMAT = 1
_COLUMNS = 5  # models in a table
_CELL_PX, _MARGIN_PX = 72, 20
_FONT, _INK = cv2.FONT_HERSHEY_SIMPLEX, (40, 40, 40)
_BLUE = (178, 114, 0)  # BGR


@dataclass(frozen=True, slots=True)
class CompoundReport:
    sets: tuple[FeatureSet, ...]
    which: str
    models: tuple[CompoundModel, ...]
    names: tuple[str, ...]  # of the models, all different
    figures: tuple[Figures, ...]  # of each model
    kappas: Mapping[tuple[int, int], Figure]  # first < second

    @property
    def silent(self) -> dict[str, list[str]]:
        """Model -> videos of which it says nothing."""
        told = {}
        for name, model in zip(self.names, self.models, strict=True):
            videos = [one.video for one in model.videos if (one.labels == NO_CLASS).all()]
            if videos:
                told[name] = videos
        return told

    def kappa(self, first: int, second: int) -> float | None:
        if first == second:
            return 1.0
        return self.kappas[min(first, second), max(first, second)].value


def report_of(
    sets: Sequence[FeatureSet], which: str, models: Sequence[tuple[FeatureSet, CompoundModel]]
) -> CompoundReport:
    """Raises `UserError` where the sets are not of the same videos."""
    names = [model.name for _, model in models]
    told = [
        f"{features.folder.name}: {name}" if names.count(name) > 1 else name
        for name, (features, _) in zip(names, models, strict=True)
    ]
    told = [name if told.count(name) == 1 else f"{name} ({at + 1})" for at, name in enumerate(told)]
    own = [model for _, model in models]
    kappas = {
        (first, second): kappa_figure(own[first].videos, own[second].videos)
        for first in range(len(own))
        for second in range(first + 1, len(own))
    }
    figures = [balance_figures(model.videos) | label_figures(model.videos) for model in own]
    return CompoundReport(tuple(sets), which, tuple(own), tuple(told), tuple(figures), kappas)


def show(console: Console, report: CompoundReport) -> None:
    for features in report.sets:
        say(console, f"{features.folder}, {report.which}", "bold")
    for at, name in enumerate(report.names):
        say(console, f"{at + 1}: {name}")
    blocks = _blocks(len(report.models))
    for block in blocks:
        console.print()
        console.print(_balance_table(report, block))
    for line in _labelled_told(report):
        say(console, line)
    for name, figures in zip(report.names, report.figures, strict=True):
        if figures["kl"].low is None:
            say(console, f"{name}: KL: {figures['kl'].interval}", "dim")
    for block in blocks if len(report.models) > 1 else ():
        console.print()
        console.print(_kappa_table(report, block))
    for name, videos in report.silent.items():
        say(console, f"{name}: nothing is said of {', '.join(videos)}")
    for note in dict.fromkeys(note for features in report.sets for note in features.notes):
        say(console, note, "dim")
    say(
        console,
        "KL compares with frequencies that count the test videos too: no measure of accuracy.",
        "dim",
    )


def document(report: CompoundReport, *, date: str, machine: Mapping[str, object]) -> Json:
    return {
        "format": FORMAT,
        "date": date,
        "machine": dict(machine),
        "sets": [set_as_json(features) for features in report.sets],
        "which": report.which,
        "compounds": list(COMPOUNDS),
        "printed_frames": list(PRINTED_FRAMES),
        "models": [
            {"name": name, "student": model.student, "by": model.by, **figures_as_json(figures)}
            for name, model, figures in zip(
                report.names, report.models, report.figures, strict=True
            )
        ],
        "kappa": [
            {"of": [report.names[first], report.names[second]], **figures_as_json({"kappa": one})}
            for (first, second), one in report.kappas.items()
        ],
        "missing": report.silent,
    }


def frames_table(report: CompoundReport) -> AnswersTable:
    """One row for each frame, one column for each model; empty where nothing is said."""
    return AnswersTable((*FRAME_COLUMNS, *report.names), _frame_rows(report))


def _frame_rows(report: CompoundReport) -> Iterator[list[object]]:
    rates_hz = frame_rates(report.sets[0].rows)  # the first model's set; the others have its videos
    for videos in zip(*(model.videos for model in report.models), strict=True):
        for frame, face in enumerate(videos[0].present):
            said = [int(one.labels[frame]) for one in videos]
            told = ["" if label == NO_CLASS else COMPOUNDS[label] for label in said]
            own = frame_cells(videos[0].video, frame, rates_hz[videos[0].video], face)
            yield [*own, *told]


def write_kappas(report: CompoundReport, file: Path) -> None:
    """Who agrees with whom, as a picture. Raises `UserError`."""
    names = report.names
    width = max(_width(name) for name in names)
    left, top = _MARGIN_PX + width + 10, _MARGIN_PX + 44
    side = _CELL_PX * len(names)
    shape = (top + side + _MARGIN_PX, left + side + _MARGIN_PX, 3)
    picture: NDArray[np.uint8] = np.full(shape, 255, np.uint8)
    _text(picture, "Cohen's kappa; columns in the order of the rows", (_MARGIN_PX, _MARGIN_PX + 14))
    for row, name in enumerate(names):
        y = top + _CELL_PX * row
        _text(picture, name, (left - 10 - _width(name), y + _CELL_PX // 2 + 5))
        for column in range(len(names)):
            value = report.kappa(row, column)
            x, shade = left + _CELL_PX * column, max(value or 0.0, 0.0)
            colour = tuple(round(255 + shade * (part - 255)) for part in _BLUE)
            cv2.rectangle(picture, (x, y), (x + _CELL_PX, y + _CELL_PX), colour, cv2.FILLED)
            ink = (255, 255, 255) if shade > 0.55 else _INK
            text = "-" if value is None else f"{value:.2f}"
            at = (x + (_CELL_PX - _width(text)) // 2, y + _CELL_PX // 2 + 5)
            _text(picture, text, at, ink)
    write_png(picture, file)


def _blocks(models: int) -> list[range]:
    """Of which models a table has columns: as many as a terminal of 80 characters has room for."""
    return [range(first, min(first + _COLUMNS, models)) for first in range(0, models, _COLUMNS)]


def _balance_table(report: CompoundReport, models: range) -> Table:
    table = _numbered_table("share of frames", models, "printed")
    all_figures = [report.figures[at] for at in models]
    printed = np.array(PRINTED_FRAMES) / sum(PRINTED_FRAMES)
    for name, share in zip(COMPOUNDS, printed, strict=True):
        shares = (figures[f"share_{name}"].value for figures in all_figures)
        table.add_row(name.replace("_", " "), f"{share:.3f}", *map(_short, shares))
    kls = [figures["kl"] for figures in all_figures]
    table.add_row("KL", "0.000", *(_short(kl.value) for kl in kls))
    if any(kl.low is not None for kl in kls):
        table.add_row("  95 % from", "", *(_short(kl.low) for kl in kls))
        table.add_row("  95 % to", "", *(_short(kl.high) for kl in kls))
    of_labelled = [figures.get("macro_f1") for figures in all_figures]
    if any(of_labelled):
        table.add_row("macro F1", "", *(_short(f1.value if f1 else None) for f1 in of_labelled))
    return table


def _labelled_told(report: CompoundReport) -> list[str]:
    """Over how many frames and videos macro F1 is; once, where all models were asked about the same."""
    told = {}
    for name, model in zip(report.names, report.models, strict=True):
        counts = [int((video.truth != NO_CLASS).sum()) for video in model.videos]
        if any(counts):
            videos = sum(count > 0 for count in counts)
            told[name] = (
                f"labelled: {sum(counts)} frames of {videos} {'video' if videos == 1 else 'videos'}"
            )
    if len(told) == len(report.models) and len(set(told.values())) == 1:
        return [told[report.names[0]]]
    return [f"{name}: {line}" for name, line in told.items()]


def _kappa_table(report: CompoundReport, models: range) -> Table:
    table = _numbered_table("Cohen's kappa", models)
    for row in range(len(report.names)):
        table.add_row(str(row + 1), *(_short(report.kappa(row, column)) for column in models))
    return table


def _numbered_table(heading: str, models: range, *before: str) -> Table:
    table = Table(show_edge=False)
    table.add_column(heading)
    for name in (*before, *(str(at + 1) for at in models)):
        table.add_column(name, justify="right")
    return table


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _text(
    picture: NDArray[np.uint8],
    text: str,
    place: tuple[int, int],
    ink: tuple[int, int, int] = _INK,
) -> None:
    cv2.putText(picture, text, place, _FONT, 0.5, ink, 1, cv2.LINE_AA)


def _width(text: str) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    return int(width)
