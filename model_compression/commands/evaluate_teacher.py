"""`vigil evaluate-teacher`: how good trained clip networks are on people that they have not seen."""

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


class Clips(str, Enum):
    """Which clips of a set."""

    test = "test"
    val = "val"
    train = "train"
    all = "all"


class Together(str, Enum):
    """How what was said of a video's clips becomes one answer."""

    probabilities = "probabilities"
    logits = "logits"
    majority = "majority"


def evaluate_teacher(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Runs of 'vigil train teacher', or their teacher.pt: one, or several of other folds or other seeds.",
        ),
    ],
    clips: Annotated[
        list[Path] | None,
        typer.Option(
            "--clips",
            metavar="DIR",
            help="Folder of 'vigil data prepare'; may be repeated. Without it those that were learned from.",
        ),
    ] = None,
    split: Annotated[
        Clips,
        typer.Option(
            "--split", help="Which clips; test is the kept fold, where the run keeps one."
        ),
    ] = Clips.test,
    together: Annotated[
        Together,
        typer.Option(
            "--by-video",
            help="How clips of one long video are taken together: their mean, or what most say.",
        ),
    ] = Together.probabilities,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all figures to this file.")
    ] = None,
    answers_file: Annotated[
        Path | None,
        typer.Option(
            "--answers", metavar="OUT", help="Keep what was said of each clip in this npz file."
        ),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--png", metavar="DIR", help="Draw who is taken for whom, and how sure it is, there."
        ),
    ] = None,
    device: Annotated[Device, typer.Option("--device", help="Where to ask.")] = Device.auto,
    threads: Threads = None,
) -> None:
    """Measure trained clip networks on the clips of people that they have not seen."""
    from rich.console import Console

    try:
        import torch

        from model_compression.scoring.score import ask, planned, report_of
        from model_compression.scoring.trained import opened
        from model_compression.training.device import chosen_device
    except ModuleNotFoundError as error:
        raise UserError(
            f"clip networks need the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    from model_compression.evaluation.clips.answers import save_answers
    from model_compression.evaluation.clips.console_tables import show, title
    from model_compression.evaluation.clips.pictures import picture_files, write_pictures
    from model_compression.evaluation.clips.pooling import pooled
    from model_compression.evaluation.clips.teacher_report import document
    from model_compression.evaluation.file_bars import FileBars
    from model_compression.evaluation.report import write_document
    from model_compression.evaluation.surroundings import surroundings

    if json_file is not None:
        check_place(json_file, "the file of figures")
    if answers_file is not None:
        check_place(answers_file, "the file of answers")
    for file in picture_files(pictures) if pictures is not None else ():
        check_place(file, "the picture", "name another folder")
    torch.set_num_threads(threads or os.cpu_count() or 1)
    date = datetime.now(timezone.utc).isoformat(timespec="seconds")
    machine = surroundings()
    machine |= {"device": chosen_device(device.value).type, "torch": torch.__version__}
    networks = opened(runs)
    if answers_file is not None and len(networks) > 1:
        raise UserError(
            "--answers keeps one answer for each clip, and the seeds give several; evaluate them one by one."
        )
    plan = planned(networks, clips or (), split.value)
    console = Console(highlight=False)
    with FileBars(console) as track:
        said = ask(plan, device.value, track)
    report = report_of(plan, said, together.value)
    show(console, report)
    written: list[Path] = []
    if json_file is not None:
        write_document(document(report, date=date, machine=machine), json_file)
        written.append(json_file)
    if answers_file is not None:
        save_answers(pooled(said[0]), answers_file)
        written.append(answers_file)
    if pictures is not None:
        written += write_pictures(report.clips, title(report), pictures)
    for path in written:
        console.print(f"written: {path}", markup=False, soft_wrap=True)
