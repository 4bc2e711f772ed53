"""`vigil compound` and `vigil evaluate-heads`: what frozen students tell beyond the eight expressions of a face."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place

if TYPE_CHECKING:
    from model_compression.data.features.feature_set import FeatureSet
    from model_compression.downstream.heads_report import HeadsReport
    from model_compression.downstream.trained_heads import TrainedHead


class Split(str, Enum):
    """Which videos of a set."""

    train = "train"
    val = "val"
    test = "test"
    all = "all"


class FacesOfAFrame(str, Enum):
    """How several faces of a frame become one answer."""

    mean = "mean"
    max = "max"


JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="OUT", help="Write all figures to this file.")
]
_ONE_SENTENCE = "heads need the package {name}: pip install 'vigil-driver-monitoring[train]'"


def compound(
    features: Annotated[
        list[Path],
        typer.Argument(
            metavar="FEATURES...", help="Folders of 'vigil data features', of the same videos."
        ),
    ],
    split: Annotated[Split, typer.Option("--split", help="Which videos.")] = Split.all,
    cluster: Annotated[
        bool,
        typer.Option(
            "--cluster", help="Also by clusters of scores, embeddings and sound, seven of each."
        ),
    ] = False,
    faces: Annotated[
        FacesOfAFrame, typer.Option("--faces", help="How several faces of a frame count.")
    ] = FacesOfAFrame.mean,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the clusters.")] = 0,
    json_file: JsonFile = None,
    csv_file: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="OUT", help="Write what is said of every frame to this file."
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--png", metavar="OUT", help="Draw who agrees with whom to this file."),
    ] = None,
) -> None:
    """Tell compound expressions from basic ones, without labels: balance, divergence, agreement of students."""
    from rich.console import Console

    from model_compression.data.features.feature_set import FeatureSet
    from model_compression.downstream.compound_models import compound_models
    from model_compression.downstream.compound_report import (
        document,
        report_of,
        show,
        write_frames,
        write_kappas,
    )
    from model_compression.evaluation.report import write_document
    from model_compression.evaluation.surroundings import surroundings

    for file in (json_file, csv_file, picture):
        if file is not None:
            check_place(file, "the output")
    sets = [FeatureSet.open(folder) for folder in features]
    models = [
        (one, model)
        for one in sets
        for model in compound_models(
            one,
            split=None if split is Split.all else split.value,
            faces=faces.value,
            cluster=cluster,
            seed=seed,
        )
    ]
    report = report_of(sets, split.value, models)
    console = Console(highlight=False)
    show(console, report)
    if json_file is not None:
        write_document(document(report, date=_now(), machine=surroundings()), json_file)
    if csv_file is not None:
        write_frames(report, csv_file)
    if picture is not None:
        write_kappas(report, picture)
    _written(json_file, csv_file, picture)


def evaluate_heads(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RUN...]",
            help="Runs of 'vigil train network': a head of valence and arousal, or one or two of mimicry (of faces and"
            " of sound, which are fused).",
        ),
    ] = None,
    prepared: Annotated[
        Path | None,
        typer.Option("--prepared", metavar="FEATURES", help="Folder of 'vigil data features'."),
    ] = None,
    split: Annotated[Split, typer.Option("--split", help="Which videos.")] = Split.val,
    zero_shot: Annotated[
        str | None,
        typer.Option(
            "--zero-shot",
            metavar="STREAM",
            help="Valence and arousal as a student says them by itself, without a run.",
        ),
    ] = None,
    half_width: Annotated[
        int,
        typer.Option("--half-width", min=0, help="Frames to either side that are smoothed over."),
    ] = 50,
    face_share: Annotated[
        float,
        typer.Option("--face-share", min=0.0, max=1.0, help="Of the face's answer when fused."),
    ] = 0.5,
    standardised: Annotated[
        bool,
        typer.Option("--standardised", help="Give both answers one spread before they are fused."),
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Measure heads on frozen students: valence and arousal of frames, intensity of mimicked emotions of videos."""
    from rich.console import Console

    try:
        import torch

        from model_compression.downstream.heads_report import document, show
        from model_compression.downstream.trained_heads import VALENCE_AROUSAL, TrainedHead
    except ModuleNotFoundError as error:
        raise UserError(_ONE_SENTENCE.format(name=error.name)) from error
    from model_compression.data.features.feature_set import FeatureSet
    from model_compression.evaluation.report import write_document
    from model_compression.evaluation.surroundings import surroundings

    if json_file is not None:
        check_place(json_file, "the file of figures")
    if prepared is None:
        raise UserError("--prepared: name the folder of 'vigil data features' to be measured on.")
    heads = [TrainedHead.open(run) for run in runs or ()]
    tasks = {head.task for head in heads} | ({VALENCE_AROUSAL} if zero_shot else set())
    if len(tasks) != 1:
        raise UserError(
            "name runs of one task, or --zero-shot STREAM: either of valence and arousal, or of mimicry."
        )
    features = FeatureSet.open(prepared)
    if tasks == {VALENCE_AROUSAL}:
        report = _affect_report(heads, features, split.value, zero_shot, half_width)
    else:
        report = _mimicry_report(heads, features, split.value, face_share, standardised)
    console = Console(highlight=False)
    show(console, report)
    if json_file is not None:
        machine = surroundings() | {"torch": torch.__version__}
        write_document(document(report, date=_now(), machine=machine), json_file)
    _written(json_file)


def _affect_report(
    heads: list[TrainedHead],
    features: FeatureSet,
    split: str,
    zero_shot: str | None,
    half_width: int,
) -> HeadsReport:
    from model_compression.downstream.affect import WAYS, affect_figures, without_a_face
    from model_compression.downstream.heads_report import HeadsReport
    from model_compression.downstream.trained_heads import (
        affect_by_head,
        affect_by_student,
        rows_asked,
    )

    parts, missing, notes = {}, {}, []
    asked = [(str(head.path), head) for head in heads]
    for name, head in (*asked, *([(zero_shot, None)] if zero_shot else [])):
        fold = None if head is None else head.fold
        numbers = rows_asked(features, split, fold)
        videos = (
            affect_by_student(features, name, numbers)
            if head is None
            else affect_by_head(head, features, numbers)
        )
        for way in WAYS:
            for which in ("with-face", "all"):
                figures = affect_figures(videos, way, half_width=half_width, which=which)
                parts[f"{name}, {way}, {_WHICH[which]}"] = figures
        missing[name] = tuple(without_a_face(videos))
        labelled = sum(int(one.labelled.sum()) for one in videos)
        silent = sum(int((one.labelled & ~one.present).sum()) for one in videos)
        notes.append(f"{name}: {silent} of {labelled} labelled frames have no face.")
    return HeadsReport(
        "valence and arousal",
        f"{split}, smoothed over {half_width} frames to either side (causal: of the past alone)",
        features,
        tuple(name for name, _ in asked) + ((f"{zero_shot} by itself",) if zero_shot else ()),
        parts,
        missing,
        tuple(line for _, head in asked for line in head.warnings(features, split)),
        tuple(notes),
    )


_WHICH = {"with-face": "frames with a face", "all": "all labelled frames"}


def _mimicry_report(
    heads: list[TrainedHead],
    features: FeatureSet,
    split: str,
    face_share: float,
    standardised: bool,
) -> HeadsReport:
    from model_compression.downstream.fusion import fused
    from model_compression.downstream.heads_report import HeadsReport
    from model_compression.downstream.intensities import intensity_figures
    from model_compression.downstream.table_figures import face_and_sound
    from model_compression.downstream.trained_heads import intensities_by_head, rows_asked

    folds = {head.fold for head in heads}
    if len(folds) > 1:
        raise UserError("the runs keep different folds apart; evaluate them one by one.")
    numbers = rows_asked(features, split, folds.pop())
    answers = {str(head.path): intensities_by_head(head, features, numbers) for head in heads}
    if len(heads) > 1:
        face, sound = face_and_sound(features, heads, list(answers.values()))
        how = ", of one spread" if standardised else ""
        answers[f"fused, {face_share:g} of the face{how}"] = fused(
            face, sound, face_share=face_share, standardised=standardised
        )
    return HeadsReport(
        "mimicry",
        split,
        features,
        tuple(str(head.path) for head in heads),
        {name: intensity_figures(one) for name, one in answers.items()},
        {name: tuple(one.missing) for name, one in answers.items()},
        tuple(line for head in heads for line in head.warnings(features, split)),
    )


def _written(*files: Path | None) -> None:
    for file in files:
        if file is not None:
            typer.echo(f"written: {file}")


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
