"""Prepare the pictures that the students learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])


@app.callback()
def group() -> None:
    """Keeps `labels` a command of its own name while it is the only one."""


@app.command()
def labels(
    sets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SET]...", help="Which sets; all of them without it."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the data sets; VIGIL_DATA without it.")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Where labels are kept; VIGIL_CACHE without it."),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option("--teacher", help="MediaPipe's face_landmarker.task; searched without it."),
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="How many processes work at once.")
    ] = 1,
) -> None:
    """Let the teacher label the training pictures; continues where it stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from edge_app.inference.model_files import FACE_LANDMARKER, find_model
    from model_compression.data.label_run import LabelledCount, prepare
    from model_compression.data.sets import SET_NAMES, cache_folder, data_folder

    console = Console(highlight=False, soft_wrap=True)
    cache_root = cache_folder(cache)

    def tell(count: LabelledCount) -> None:
        said = "labelled" if count.made_now else "already there"
        console.print(
            f"{count.name}: {said}, {count.found} of {count.faces} faces found", markup=False
        )

    with Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        tasks = {name: bar.add_task(name, total=None) for name in sets or SET_NAMES}

        def advance(name: str, done: int, of: int) -> None:
            bar.update(tasks[name], completed=done, total=of)

        prepare(
            sets or SET_NAMES,
            data_folder(data),
            cache_root,
            find_model(FACE_LANDMARKER.file_name, explicit=teacher),
            processes=processes,
            progress=advance,
            finished=tell,
        )
    console.print(f"{cache_root / 'labels'}", markup=False)
