"""`vigil compound` and `vigil evaluate-heads`: what frozen students tell beyond the eight expressions of a face."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place


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
CsvFile = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="OUT",
        help="Write what is said of every frame that was read, or of every video, to this file.",
    ),
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
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of the clusters.")] = 0,
    json_file: JsonFile = None,
    csv_file: CsvFile = None,
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
        frames_table,
        report_of,
        show,
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
            split=split.value,
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
        frames_table(report).write(csv_file)
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
    csv_file: CsvFile = None,
) -> None:
    """Measure heads on frozen students: valence and arousal of frames, intensity of mimicked emotions of videos."""
    from rich.console import Console

    try:
        import torch

        from model_compression.downstream.heads_judged import affect_judged, mimicry_judged
        from model_compression.downstream.heads_report import document, show
        from model_compression.downstream.trained_heads import VALENCE_AROUSAL, TrainedHead
    except ModuleNotFoundError as error:
        raise UserError(_ONE_SENTENCE.format(name=error.name)) from error
    from model_compression.data.features.feature_set import FeatureSet
    from model_compression.evaluation.report import write_document
    from model_compression.evaluation.surroundings import surroundings

    for file, what in ((json_file, "the file of figures"), (csv_file, "the file of answers")):
        if file is not None:
            check_place(file, what)
    if prepared is None:
        raise UserError("--prepared: name the folder of 'vigil data features' to be measured on.")
    heads = [TrainedHead.open(run) for run in runs or ()]
    tasks = {head.task for head in heads} | ({VALENCE_AROUSAL} if zero_shot else set())
    if len(tasks) != 1:
        raise UserError(
            "name runs of one task, or --zero-shot STREAM: either of valence and arousal, or of mimicry."
        )
    features = FeatureSet.open(prepared)
    report, answers = (
        affect_judged(
            heads, features, split=split.value, zero_shot=zero_shot, half_width=half_width
        )
        if tasks == {VALENCE_AROUSAL}
        else mimicry_judged(
            heads,
            features,
            split=split.value,
            face_share=face_share,
            standardised=standardised,
        )
    )
    console = Console(highlight=False)
    show(console, report)
    if json_file is not None:
        machine = surroundings() | {"torch": torch.__version__}
        write_document(document(report, date=_now(), machine=machine), json_file)
    if csv_file is not None:
        answers.write(csv_file)
    _written(json_file, csv_file)


def _written(*files: Path | None) -> None:
    for file in files:
        if file is not None:
            typer.echo(f"written: {file}")


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
