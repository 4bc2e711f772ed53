"""Fetch and list model files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="Which model, as `vigil models list` names it.")],
    url: Annotated[
        str | None, typer.Option("--url", help="Another address of the same file: a mirror.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to keep it in; the cache without it.")
    ] = None,
) -> None:
    """Download a model file; its content is checked, and a broken download continues."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from edge_app.inference.model_download import ModelDownload
    from edge_app.inference.model_files import KNOWN_MODELS, download_folder, known_model, verify
    from edge_app.inference.session import ModelFileError

    model = known_model(name)
    if model is None:
        names = ", ".join(known.short_name for known in KNOWN_MODELS)
        raise UserError(f"{name}: there is no model of this name; known are: {names}.")
    folder = (to or download_folder()).expanduser()
    console = Console(highlight=False, soft_wrap=True)
    there = folder / model.file_name
    if there.is_file():
        try:
            verify(there, model)
        except ModelFileError:
            console.print(f"{there}: not the expected file, fetching it again", markup=False)
        else:
            console.print(f"{there}: already there, sha256 ok", markup=False)
            return
    with Progress(
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(model.file_name, total=model.size_bytes)
        path = ModelDownload(model, folder, url=url).fetch(
            lambda bytes_there: bar.update(task, completed=bytes_there)
        )
    console.print(f"{path}: {model.size_bytes} bytes, sha256 ok, {model.licence}", markup=False)


@app.command("list")
def list_models() -> None:
    """List the known models and where each lies on this machine."""
    from rich.console import Console

    from edge_app.inference.model_files import KNOWN_MODELS, find_model
    from edge_app.inference.session import ModelFileError

    console = Console(highlight=False, soft_wrap=True)
    for model in KNOWN_MODELS:
        try:
            place = str(find_model(model.file_name))
        except ModelFileError as error:
            place = str(error)
        console.print(f"{model.short_name}: {model.what} ({model.licence})", markup=False)
        console.print(f"  {place}", markup=False)
