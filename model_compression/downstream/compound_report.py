"""The report on compound expressions: balance, divergence, agreement of models; as tables, JSON, CSV and a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge_app.errors import UserError
from model_compression.data.clips.whole_file import write_whole
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.downstream.compound import COMPOUNDS, PAIRS, PRINTED_FRAMES
from model_compression.downstream.compound_figures import (
    balance_figures,
    kappa_figure,
    label_figures,
)
from model_compression.downstream.compound_models import CompoundModel
from model_compression.downstream.heads_report import number, say, set_as_json
from model_compression.evaluation.figure import Figure, Figures
from model_compression.evaluation.png_file import write_png
from model_compression.evaluation.report import Json, figures_as_json

FORMAT = 1
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
    table = Table(show_edge=False)
    heads = ["share of frames", *("\n".join(PAIRS[name]) for name in COMPOUNDS), "KL", "95 %"]
    labelled = any("macro_f1" in figures for figures in report.figures)
    for heading in (*heads, *(["macro F1"] if labelled else [])):
        table.add_column(heading, justify="left" if heading == heads[0] else "right")
    printed = np.array(PRINTED_FRAMES) / sum(PRINTED_FRAMES)
    table.add_row("printed", *(f"{share:.3f}" for share in printed), "0.0000", "")
    for name, figures in zip(report.names, report.figures, strict=True):
        kl = figures["kl"]
        interval = "–" if kl.low is None else f"{kl.low:.3f}–{kl.high:.3f}"
        shares = (figures[f"share_{one}"].value for one in COMPOUNDS)
        row = ("–" if share is None else f"{share:.3f}" for share in shares)
        f1 = [number(figures["macro_f1"].value)] if "macro_f1" in figures else []
        table.add_row(escape(name), *row, number(kl.value), interval, *f1)
    console.print(table)
    for name, figures in zip(report.names, report.figures, strict=True):
        if figures["kl"].low is None:
            say(console, f"{name}: KL: {figures['kl'].interval}", "dim")
    if len(report.models) > 1:
        console.print()
        console.print(_kappa_table(report))
    for name, videos in report.silent.items():
        say(console, f"{name}: no face in {len(videos)} videos: {', '.join(videos)}")
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
        "without_a_face": report.silent,
    }


def write_frames(report: CompoundReport, file: Path) -> None:
    """One row for each frame, one column for each model; empty where nothing is said. Raises `UserError`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["video", "frame", "has_face", *report.names])
    for videos in zip(*(model.videos for model in report.models), strict=True):
        for frame, face in enumerate(videos[0].present):
            said = [int(one.labels[frame]) for one in videos]
            told = ["" if label == NO_CLASS else COMPOUNDS[label] for label in said]
            writer.writerow([videos[0].video, frame, int(face), *told])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.getvalue().encode())
    except OSError as error:
        raise UserError(
            f"{file}: cannot be written ({error.strerror or error}); choose another place."
        ) from error


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


def _kappa_table(report: CompoundReport) -> Table:
    table = Table(show_edge=False)
    table.add_column("Cohen's kappa")
    for at in range(len(report.names)):
        table.add_column(str(at + 1), justify="right")
    for row, name in enumerate(report.names):
        values = (report.kappa(row, column) for column in range(len(report.names)))
        cells = ("–" if value is None else f"{value:.3f}" for value in values)
        table.add_row(escape(f"{row + 1} {name}"), *cells)
    return table


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
