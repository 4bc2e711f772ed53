"""`vigil calibrate probability`: makes a head's stated probabilities come true, and shows on whom they do."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from edge_app.bundle.open import Bundle
    from model_compression.evaluation.figure import Figure
    from model_compression.tuning.head_answers import HeadAnswers
    from model_compression.tuning.head_calibration import Measured

FIGURES_FILE = "calibration.json"
_CHECK_FAILED = 1


class _NoBetterError(Exception):
    """On people it was not fitted on."""


def probability(
    bundle: Annotated[
        str, typer.Argument(metavar="BUNDLE", help="default, or a bundle's name or folder.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="NEWBUNDLE", help="Folder of the new bundle.")
    ],
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME:PATH",
            help="Labelled answers, of people whom training never saw: fer2013:FILE.npz, or answers:FILE.npz that"
            " `vigil evaluate-teacher` keeps; may be repeated.",
        ),
    ] = None,
    head: Annotated[
        str, typer.Option("--head", help="Whose probabilities: expression or a head over time.")
    ] = "expression",
    method: Annotated[
        Literal["temperature", "isotonic"],
        typer.Option("--method", help="isotonic: of a head with two classes."),
    ] = "temperature",
    false_alert_rate: Annotated[
        float,
        typer.Option(
            "--false-alert-rate",
            metavar="SHARE",
            help="For each class, tell the probability from which at most this share of the others has it.",
        ),
    ] = 0.01,
    version: Annotated[
        str | None,
        typer.Option("--bundle-version", help="Of the new bundle; without it the next patch."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="DIR",
            help="Folder for reliability diagrams and figures; NEWBUNDLE-calibration without it.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an earlier run left there.")
    ] = False,
) -> None:
    """Calibrate a head's probabilities, on other people than they are measured on."""
    from rich.console import Console

    from edge_app.bundle.manifest import MANIFEST_NAME
    from edge_app.bundle.open import open_bundle
    from model_compression.export.finished_folder import finished_folder
    from model_compression.tuning.calibrated_bundle import (
        calibrated_manifest,
        check_version,
        next_version,
        write_calibrated,
    )
    from model_compression.tuning.head_calibration import measured, section

    if not 0.0 < false_alert_rate < 1.0:
        raise UserError(f"--false-alert-rate {false_alert_rate:g}: give a share between 0 and 1")
    known = open_bundle(bundle, require=())
    _check_head(known, head, method)
    wanted = _wanted(sets or ())
    console = Console(highlight=False)
    now = datetime.now(timezone.utc)
    version = version or next_version(known.manifest.version)
    check_version(known.manifest, version)
    folder = report or out.with_name(f"{out.name}-calibration")
    told = None
    with finished_folder(folder, replace=force, owned_by=FIGURES_FILE) as pictures:
        with (
            contextlib.suppress(_NoBetterError),
            finished_folder(out, replace=force, owned_by=MANIFEST_NAME) as place,
        ):
            answers = _read(known, head, wanted, console)
            with console.status("calibrating") as status:
                told = measured(
                    known.manifest,
                    head,
                    answers,
                    method,
                    false_alert_rate=false_alert_rate,
                    progress=status.update,
                )
            manifest = calibrated_manifest(
                known.manifest,
                head,
                section(told, now.date()),
                version=version,
                created=now.date(),
            )
            if not told.improves:
                raise _NoBetterError
            write_calibrated(known, manifest, place)
        assert told is not None
        _write_report(told, pictures, f"{known.title}, {head}", now, false_alert_rate)
    _show(console, told, false_alert_rate)
    console.print(f"reliability diagrams and figures: {folder}", markup=False, soft_wrap=True)
    if not told.improves:
        console.print(
            f"no bundle is written: on people that it was not fitted on, the calibration is not surely better than what"
            f" {known.title} has",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(_CHECK_FAILED)
    console.print(f"{out}: {known.manifest.name} {version}", markup=False, soft_wrap=True)


def _check_head(bundle: Bundle, head: str, method: str) -> None:
    from edge_app.bundle.heads import CALIBRATED_HEADS, KNOWN_HEADS
    from model_compression.tuning.head_answers import classes_of

    if head not in CALIBRATED_HEADS:
        why = (
            "is read by thresholds, which `vigil tune` chooses"
            if head in KNOWN_HEADS
            else "is no head"
        )
        raise UserError(f"--head {head}: {why}; give one of {', '.join(CALIBRATED_HEADS)}")
    if head not in bundle.manifest.heads:
        raise UserError(f"{bundle.folder}: the bundle has no head {head}; choose another")
    classes = classes_of(bundle.manifest, head)
    if method == "isotonic" and len(classes) != 2:
        raise UserError(
            f"--method isotonic: the head {head} has {len(classes)} classes, an isotonic curve is of two; take"
            " temperature"
        )


def _wanted(sets: list[str] | tuple[str, ...]) -> list[tuple[str, Path]]:
    from model_compression.tuning.head_answers import KINDS

    wanted = []
    for text in sets:
        kind, colon, path = text.partition(":")
        if not colon or not path or kind not in KINDS:
            raise UserError(
                f"--set {text}: give NAME:PATH with one of the names {', '.join(KINDS)}"
            )
        wanted.append((kind, Path(path).expanduser()))
    if not wanted:
        raise UserError(
            "no data set is named; give --set NAME:PATH, for example --set fer2013:fer2013/val.npz"
        )
    return wanted


def _read(
    bundle: Bundle, head: str, wanted: list[tuple[str, Path]], console: Console
) -> HeadAnswers:
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.tuning.head_answers import joined, read_answers

    with FileBars(console) as track:
        return joined([read_answers(bundle, head, kind, path, track) for kind, path in wanted])


def _write_report(
    told: Measured, folder: Path, title: str, now: datetime, false_alert_rate: float
) -> None:
    from calibration.probability.reliability import reliability
    from calibration.probability.scores import (
        BINS,
        calibration_error,
        equal_mass_bins,
        equal_width_bins,
    )
    from model_compression.evaluation.png_file import write_png
    from model_compression.evaluation.surroundings import surroundings
    from model_compression.tuning.head_calibration import confidence_of
    from model_compression.tuning.reliability_picture import Panel, reliability_picture

    diagrams = {}
    for words, binned in (("equal-mass", equal_mass_bins), ("equal-width", equal_width_bins)):
        panels = []
        for when, probabilities in told.readings.items():
            confidence, right = confidence_of(probabilities, told.answers)
            bins = reliability(confidence, right, binned(confidence, BINS), told.answers.people)
            ece = calibration_error(confidence, right, binned(confidence, BINS))
            panels.append(Panel(f"{when}: ECE {ece:.3f}, n {len(told.answers)}", bins))
            diagrams[f"{words}, {when}"] = bins
        place = folder / f"{told.head}-{words}.png"
        write_png(reliability_picture(panels, title), place)
    document = {
        "date": now.isoformat(timespec="seconds"),
        "bundle": title,
        "machine": surroundings(),
        "false_alert_rate": false_alert_rate,
        **told.as_json(),
        "reliability": {
            name: [{slot: getattr(one, slot) for slot in one.__slots__} for one in bins]
            for name, bins in diagrams.items()
        },
    }
    (folder / FIGURES_FILE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _show(console: Console, told: Measured, false_alert_rate: float) -> None:
    from rich.table import Table

    people = len(set(told.answers.people))
    console.print(
        f"{told.head}, {told.method}: {len(told.answers)} answers of {told.answers.counted.counted(people)},"
        f" {told.answers.told}",
        markup=False,
        style="bold",
        soft_wrap=True,
    )
    table = Table(show_edge=False)
    for name in ("figure", "plain", "before", "after", "after - before"):
        table.add_column(name)
    for each in told.figures:
        shown = (each.plain, each.before, each.after, each.difference)
        table.add_row(each.name, *map(_cell, shown))
    console.print(table)
    console.print(_fitted(told), markup=False, soft_wrap=True)
    console.print(
        f"so many answers would show an ECE of {told.ece_by_chance:.4f} though every confidence were exactly right",
        markup=False,
        soft_wrap=True,
    )
    alerts = Table(show_edge=False)
    for name in ("class", "n", "others", f"from (≤ {false_alert_rate:.2%})", "falsely", "bound"):
        alerts.add_column(name)
    alerts.add_column("found")
    alerts.add_column("falsely, other people")
    for alert in told.alerts:
        choice = alert.choice
        alerts.add_row(
            alert.name,
            str(choice.positives),
            str(choice.negatives),
            "–" if choice.threshold is None else f"{choice.threshold:.3f}",
            f"{choice.rate:.2%}",
            f"{choice.rate_bound:.2%}",
            "–" if choice.detected is None else f"{choice.detected:.1%}",
            _cell(alert.kept_rate, ".2%"),
        )
    console.print(alerts)
    for alert in told.alerts:
        if alert.choice.sentence:
            console.print(f"{alert.name}: {alert.choice.sentence}", markup=False, soft_wrap=True)
    for note in told.answers.notes:
        console.print(note, markup=False, style="dim", soft_wrap=True)


def _fitted(told: Measured) -> str:
    curve = told.calibration.curve
    if curve is not None:
        knots = [str(len(each.curve.scores)) for each in told.fit.of_folds if each.curve]
        return f"curve: {len(curve.scores)} knots (of folds {', '.join(knots)})"
    folds = [f"{each.temperature:.3f}" for each in told.fit.of_folds]
    before, after = told.now.temperature, told.calibration.temperature
    return f"temperature: before {before:.4g}, after {after:.4g} (of folds {', '.join(folds)})"


def _cell(figure: Figure | None, form: str = ".4f") -> str:
    if figure is None or figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:{form}}"
    return f"{figure.value:{form}} ({figure.low:{form}} to {figure.high:{form}})"
