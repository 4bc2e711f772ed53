"""Train the networks that run in the vehicle, the clip networks that they learn from, and what these stand on."""

from __future__ import annotations

import json
import os
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import typer

from edge_app.commands.options import Overrides
from edge_app.errors import UserError
from model_compression.commands.train_blinks import blinks

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])

_TERMINATED = 143
_INTERRUPTED = 130


class Device(str, Enum):
    """Where to train."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


Config = Annotated[
    str, typer.Argument(help="A configuration that comes with Vigil, or a YAML file.")
]
Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder for the network, its curves and checkpoints.")
]
Where = Annotated[Device, typer.Option("--device", help="Where to train.")]
Raw = Annotated[
    Path | None, typer.Option("--data", envvar="VIGIL_DATA", help="Folder of the raw sets.")
]
Resume = Annotated[
    bool | None,
    typer.Option("--resume/--fresh", help="Continue the run in --out, or delete it first."),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option("--max-minutes", min=0.0, help="Stop then, to be continued with --resume."),
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="CPU threads; all cores without it.")
]


@app.command()
def student(
    config: Config,
    out: Out,
    device: Where = Device.auto,
    data: Raw = None,
    resume: Resume = None,
    overrides: Overrides = None,
    max_minutes: MaxMinutes = None,
    threads: Threads = None,
) -> None:
    """Train one student; interrupting it loses nothing."""
    _train(config, out, device, data, resume, overrides, max_minutes, threads, trained="student")


@app.command()
def teacher(
    config: Config,
    out: Out,
    clips: Annotated[
        list[Path] | None,
        typer.Option(
            "--clips", help="Folder of 'vigil data prepare' to learn from; may be repeated."
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            help="What is to be told: expression, expression_8, expression_other, expression_11, identity, drowsiness"
            " or intoxication; as configured without it.",
        ),
    ] = None,
    device: Where = Device.auto,
    devices: Annotated[
        int, typer.Option("--devices", min=1, help="Devices that share each batch.")
    ] = 1,
    resume: Resume = None,
    overrides: Overrides = None,
    max_minutes: MaxMinutes = None,
    threads: Threads = None,
) -> None:
    """Train a clip network that students learn from; interrupting it loses nothing."""
    told = _learned_from(clips)
    if label:
        told.append(f"task.options.label={label}")
    _train(
        config,
        out,
        device,
        None,
        resume,
        [*told, *(overrides or ())],
        max_minutes,
        threads,
        trained="teacher",
        devices=devices,
    )


@app.command()
def network(
    config: Config,
    out: Out,
    prepared: Annotated[
        list[Path] | None,
        typer.Option(
            "--prepared",
            help="Folder of 'vigil data prepare' or 'vigil data features' to learn from; may be repeated.",
        ),
    ] = None,
    device: Where = Device.auto,
    devices: Annotated[
        int, typer.Option("--devices", min=1, help="Devices that share each batch.")
    ] = 1,
    resume: Resume = None,
    overrides: Overrides = None,
    max_minutes: MaxMinutes = None,
    threads: Threads = None,
) -> None:
    """Train a network that others begin with or stand on; interrupting it loses nothing."""
    told = [*_learned_from(prepared), *(overrides or ())]
    _train(
        config,
        out,
        device,
        None,
        resume,
        told,
        max_minutes,
        threads,
        trained="network",
        devices=devices,
    )


app.command("blinks")(blinks)


def _learned_from(folders: list[Path] | None) -> list[str]:
    if not folders:
        return []
    sets = [{"name": str(folder)} for folder in folders]
    return [f"data={json.dumps(sets, ensure_ascii=False)}"]


def _train(
    config: str,
    out: Path,
    device: Device,
    data: Path | None,
    resume: bool | None,
    overrides: list[str] | None,
    max_minutes: float | None,
    threads: int | None,
    *,
    trained: Literal["student", "teacher", "network"],
    devices: int = 1,
) -> None:
    from rich.console import Console

    from model_compression.training.load_config import load_config

    loaded = load_config(config, overrides or ())
    right = loaded.train.part if loaded.train.part in ("teacher", "network") else "student"
    if right != trained:
        raise UserError(f"{config}: is a configuration of a {right}; use 'vigil train {right}'.")
    try:
        import torch

        from model_compression.training.together import writes
        from model_compression.training.train import TrainingOptions, train
    except ModuleNotFoundError as error:
        raise UserError(
            f"training needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    if threads and devices > 1:
        os.environ["OMP_NUM_THREADS"] = str(threads)  # of each; the launcher looks here
    torch.set_num_threads(threads or os.cpu_count() or 1)
    console = Console(highlight=False, soft_wrap=True)
    options = TrainingOptions(
        out=out,
        device=device.value,
        data=data,
        resume=resume,
        max_minutes=max_minutes,
        devices=devices,
    )
    try:
        record = train(loaded, options, console)
    except UserError:
        if writes():
            raise
        raise typer.Exit(2) from None  # the process that writes tells it
    if writes():  # a child that ends with another code is taken for a crash
        end_as_stopped(record.stopped_by)


def end_as_stopped(stopped_by: str | None) -> None:
    """The exit code of a run that a signal ended."""
    if stopped_by == "SIGTERM":
        raise typer.Exit(_TERMINATED)
    if stopped_by == "SIGINT":
        raise typer.Exit(_INTERRUPTED)
