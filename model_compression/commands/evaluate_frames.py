"""`vigil evaluate-frames`: how good a network of faces and sound is, frame by frame, on people it has not seen."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError
from model_compression.commands.output_place import check_place
from model_compression.commands.train import Device, Threads


class Split(str, Enum):
    """Which videos of a set."""

    val = "val"
    test = "test"
    train = "train"


class Filter(str, Enum):
    """What smooths the answers over time."""

    median = "median"
    mode = "mode"
    none = "none"


def evaluate_frames(
    run: Annotated[
        Path,
        typer.Argument(
            help="Run of 'vigil train network' on the task audio_visual, or its network.pt."
        ),
    ],
    prepared: Annotated[
        Path, typer.Option("--prepared", metavar="DIR", help="Folder of 'vigil data features'.")
    ],
    split: Annotated[
        Split,
        typer.Option(
            "--split", help="Which videos; test is the kept fold, where the run keeps one."
        ),
    ] = Split.val,
    visual_weight: Annotated[
        float | None,
        typer.Option(
            "--visual-weight",
            min=0.0,
            max=1.0,
            help="Weight of the face (lambda) in lambda-fusion; as learned without it.",
        ),
    ] = None,
    smoothing: Annotated[
        Filter | None,
        typer.Option("--smoothing", help="Smooth the answers so; as configured without it."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all figures to this file.")
    ] = None,
    answers_file: Annotated[
        Path | None,
        typer.Option(
            "--answers", metavar="OUT", help="Keep what was told of each frame in this npz file."
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--png", metavar="OUT", help="Draw which class is taken for which there."),
    ] = None,
    device: Annotated[Device, typer.Option("--device", help="Where to ask.")] = Device.auto,
    threads: Threads = None,
) -> None:
    """Measure a network of faces and sound on the labelled frames of videos."""
    from rich.console import Console

    try:
        import torch

        from model_compression.audio_visual.asking import FrameNetwork
        from model_compression.audio_visual.judging import judged
    except ModuleNotFoundError as error:
        raise UserError(
            f"networks of faces and sound need the package {error.name}:"
            " pip install 'vigil-driver-monitoring[train]'"
        ) from error
    from edge_app.sound.smoothing import Smoothing
    from model_compression.data.features.feature_set import FeatureSet
    from model_compression.evaluation.clips.pictures import confusion_picture
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.evaluation.frames.frame_report import document, show
    from model_compression.evaluation.png_file import write_png
    from model_compression.evaluation.report import write_document
    from model_compression.evaluation.surroundings import surroundings

    for file, what in (
        (json_file, "the file of figures"),
        (answers_file, "the file of answers"),
        (picture, "the picture"),
    ):
        if file is not None:
            check_place(file, what)
    torch.set_num_threads(threads or os.cpu_count() or 1)
    network = FrameNetwork.open(run, visual_weight=visual_weight)
    smoothed = network.options.smoothed()
    if smoothing is not None:
        smoothed = Smoothing(smoothing.value, smoothed.kernel)
    console = Console(highlight=False)
    features = FeatureSet.open(prepared)
    with FileBars(console) as track:
        answers = network.ask(
            features,
            network.rows(features, split.value),
            smoothing=smoothed,
            device=device.value,
            track=track,
        )
    report = judged(network, features, answers, split=split.value, smoothing=smoothed)
    show(console, report)
    written: list[Path] = []
    if json_file is not None:
        date = datetime.now(timezone.utc).isoformat(timespec="seconds")
        write_document(document(report, date=date, machine=surroundings()), json_file)
        written.append(json_file)
    if answers_file is not None:
        answers.save(answers_file)
        written.append(answers_file)
    if picture is not None:
        write_png(confusion_picture(report.scores.confusion, report.title), picture)
        written.append(picture)
    for path in written:
        console.print(f"written: {path}", markup=False, soft_wrap=True)
