"""Train the networks that run in the vehicle."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from edge_app.commands.options import Overrides
from edge_app.errors import UserError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])

_TERMINATED = 143
_INTERRUPTED = 130


class Device(str, Enum):
    """Where to train."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


@app.callback()
def _group() -> None:
    """One subcommand alone would otherwise be taken for the group."""


@app.command()
def student(
    config: Annotated[
        str, typer.Argument(help="A configuration that comes with Vigil, or a YAML file.")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder for the student, its curves and checkpoints."),
    ],
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.auto,
    data: Annotated[
        Path | None,
        typer.Option("--data", envvar="VIGIL_DATA", help="Folder of the raw sets."),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option("--resume/--fresh", help="Continue the run in --out, or delete it first."),
    ] = None,
    overrides: Overrides = None,
    max_minutes: Annotated[
        float | None,
        typer.Option("--max-minutes", min=0.0, help="Stop then, to be continued with --resume."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="CPU threads; all cores without it.")
    ] = None,
) -> None:
    """Train one student; interrupting it loses nothing."""
    from rich.console import Console

    from model_compression.training.load_config import load_config

    loaded = load_config(config, overrides or ())
    try:
        import torch

        from model_compression.training.train import TrainingOptions, train
    except ModuleNotFoundError as error:
        raise UserError(
            f"training needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'"
        ) from error
    torch.set_num_threads(threads or os.cpu_count() or 1)
    console = Console(highlight=False, soft_wrap=True)
    options = TrainingOptions(
        out=out, device=device.value, data=data, resume=resume, max_minutes=max_minutes
    )
    record = train(loaded, options, console)
    if record.stopped_by == "SIGTERM":
        raise typer.Exit(_TERMINATED)
    if record.stopped_by == "SIGINT":
        raise typer.Exit(_INTERRUPTED)
