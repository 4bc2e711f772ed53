"""Fetch, list, install and verify models."""

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
    """List the built-in bundle, those installed, and the models that can be fetched."""
    from rich.console import Console

    from edge_app.bundle.open import BUILT_IN_NAME, installed_names
    from edge_app.inference.model_files import KNOWN_MODELS, find_model
    from edge_app.inference.session import ModelFileError

    console = Console(highlight=False, soft_wrap=True)
    for name in (BUILT_IN_NAME, *installed_names()):
        for line in _bundle_lines(name):
            console.print(line, markup=False)
    for model in KNOWN_MODELS:
        try:
            place = str(find_model(model.file_name))
        except ModelFileError as error:
            place = str(error)
        console.print(f"{model.short_name}: {model.what} ({model.licence})", markup=False)
        console.print(f"  {place}", markup=False)


@app.command()
def install(
    place: Annotated[Path, typer.Argument(help="Folder, .tar or .tar.gz of the bundle.")],
) -> None:
    """Install a bundle: it is checked and run once before it replaces the one of its name."""
    from edge_app.bundle.install import install as install_bundle

    bundle = install_bundle(place)
    name = bundle.manifest.name
    typer.echo(f"{bundle.title} is installed in {bundle.folder}")
    typer.echo(f"use it with perception.model: {name}")


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(help="Name of an installed bundle.")],
) -> None:
    """Go back to the bundle of this name that was in use before the last install."""
    from edge_app.bundle.install import roll_back

    typer.echo(f"{roll_back(name).title} is in use again")


@app.command()
def verify(
    bundle_name: Annotated[
        str, typer.Argument(metavar="BUNDLE", help="`default`, an installed name, or a folder.")
    ] = "default",
) -> None:
    """Compare every file of a bundle with its manifest, and run each; see that nothing the vehicle needs is missing."""
    from edge_app.bundle.install import try_out
    from edge_app.bundle.open import open_bundle

    bundle = open_bundle(bundle_name)
    tried = len(try_out(bundle))
    typer.echo(f"{bundle.title}: {len(bundle.files())} files as they should be, {tried} models run")


def _bundle_lines(name: str) -> list[str]:
    """What there is to say of a bundle, the most important first; of a broken one why."""
    from edge_app.bundle.manifest import NOT_VALIDATED
    from edge_app.bundle.open import BundleError, open_bundle

    try:
        bundle = open_bundle(name, require=())
    except BundleError as error:
        return [f"{name}: {error}"]
    manifest = bundle.manifest
    megabytes = sum(file.bytes for file in bundle.files()) / 1e6
    runtimes = sorted(
        {file.runtime for part in manifest.parts.named().values() for file in part.files}
    )
    lines = [
        f"{name}: {bundle.title}, {manifest.created}, {megabytes:.1f} MB, for {', '.join(runtimes)}",
        f"  {bundle.folder}",
    ]
    by_words: dict[str, list[str]] = {}
    for head, entry in manifest.heads.items():
        by_words.setdefault(entry.validated, []).append(head)
    for words, heads in by_words.items():
        told = "not validated" if words == NOT_VALIDATED else f"validated: {words}"
        lines.append(f"  {', '.join(heads)}: {told}")
    return lines
