"""`vigil distill`: clip teachers teach a small head that follows a driver frame by frame."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import Overrides
from edge_app.errors import UserError
from model_compression.commands.train import (
    Device,
    MaxMinutes,
    Resume,
    Threads,
    end_as_stopped,
)

if TYPE_CHECKING:
    from rich.console import Console

_TAUGHT = "taught"


def distill(
    teachers: Annotated[
        list[Path],
        typer.Option(
            "--teacher",
            metavar="RUN",
            help="A run of 'vigil train teacher', or its teacher.pt; one for each label, or several to be averaged.",
        ),
    ],
    clips: Annotated[
        Path,
        typer.Option(
            "--clips", metavar="DIR", help="Folder of 'vigil data prepare' to teach with."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder for what is taught, the head and its curves."),
    ],
    student: Annotated[
        str,
        typer.Option(
            "--student",
            help="Whose embedding is followed: mobilefacenet (as built in), or a face part's student.pt.",
        ),
    ] = "mobilefacenet",
    config: Annotated[
        str,
        typer.Option("--config", "-c", help="How the head learns: a configuration or a YAML file."),
    ] = "temporal",
    variants: Annotated[
        int, typer.Option("--variants", min=1, help="How often each clip is shown, varied.")
    ] = 4,
    frames: Annotated[
        int,
        typer.Option("--frames", min=2, max=256, help="Frames of each clip that the head sees."),
    ] = 16,
    rate: Annotated[
        float,
        typer.Option(
            "--rate",
            min=0.5,
            max=60,
            help="Steps of the head in a second; clips need --frames of them.",
        ),
    ] = 4.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Where chance starts.")] = 0,
    device: Annotated[
        Device, typer.Option("--device", help="Where the head learns; teachers speak on the CPU.")
    ] = Device.cpu,
    resume: Resume = None,
    overrides: Overrides = None,
    max_minutes: MaxMinutes = None,
    threads: Threads = None,
) -> None:
    """Teach a small head what clip teachers know; interrupting it loses nothing.

    Teachers and frame student are asked once for each variant of a clip, and their words are kept; the head then learns
    from those.
    """
    from rich.console import Console

    from model_compression.training.load_config import load_config

    try:
        import torch

        from model_compression.training.run_record import read_run
        from model_compression.training.tasks.temporal import TemporalOptions
        from model_compression.training.train import TrainingOptions, train
    except ModuleNotFoundError as error:
        raise UserError(
            f"distilling needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    torch.set_num_threads(threads or os.cpu_count() or 1)
    console = Console(highlight=False, soft_wrap=True)
    told = [
        f"data={json.dumps([{'name': str(out / _TAUGHT)}], ensure_ascii=False)}",
        "part=temporal",
        f"seed={seed}",
    ]
    loaded = load_config(config, [*told, *(overrides or ())])
    if loaded.train.task.name != "temporal":
        raise UserError(f"{config}: is no configuration of a temporal head; leave --config out.")
    loaded.task_options.read(TemporalOptions)
    if device is Device.cuda and not torch.cuda.is_available():
        raise UserError("--device cuda: torch finds no CUDA device here; use --device cpu.")
    if resume is None and read_run(out) is not None:
        raise UserError(f"{out}: holds a run already; say --resume or --fresh.")
    if resume is False:
        shutil.rmtree(out / _TAUGHT, ignore_errors=True)
    shown = (variants, frames, rate, seed)
    _teach(teachers, clips, out, student, shown, console)
    record = train(
        loaded,
        TrainingOptions(out=out, device=device.value, resume=resume, max_minutes=max_minutes),
        console,
    )
    end_as_stopped(record.stopped_by)


def _teach(
    places: list[Path],
    clips: Path,
    out: Path,
    student: str,
    shown: tuple[int, int, float, int],
    console: Console,
) -> None:
    """shown: variants, frames, steps in a second, and where chance starts."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from model_compression.data.clips.store import ClipStore
    from model_compression.distillation.frame_student import FrameStudent
    from model_compression.distillation.lesson_plan import lesson_for
    from model_compression.distillation.taught_clips import taught
    from model_compression.distillation.teacher import ClipTeacher

    opened = [ClipTeacher.open(place) for place in places]
    variants, frames, rate_hz, seed = shown
    lesson = lesson_for(
        ClipStore.open(clips), opened, variants=variants, frames=frames, rate_hz=rate_hz, seed=seed
    )
    columns = ("asking the teachers", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        bar = progress.add_task("", total=len(lesson.rows))
        taught(
            out / _TAUGHT,
            lesson,
            FrameStudent.open(student),
            opened,
            lambda done, _: progress.update(bar, completed=done),
        )
    console.print(
        f"{out / _TAUGHT}: {len(opened)} teachers spoke on {len(lesson.rows)} clips,"
        f" {len(lesson.varied)} of them in {variants} variants",
        markup=False,
    )
