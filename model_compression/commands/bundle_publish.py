"""`vigil bundle init`, `publish`, `refresh`, `renew-root`: the signed repository that vehicles fetch from."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from model_compression.publishing.keys import KeyRing
    from model_compression.publishing.repository import ReleaseRepository

KEYS_VARIABLE, ROOT_VARIABLE = "VIGIL_KEYS_PASSPHRASE", "VIGIL_ROOT_PASSPHRASE"

Repository = Annotated[
    Path, typer.Argument(metavar="REPOSITORY", help="Folder that the web server serves.")
]
Keys = Annotated[
    Path,
    typer.Option(
        "--keys", help=f"Folder of the keys that publish; passphrase: asked, or {KEYS_VARIABLE}."
    ),
]
RootKeys = Annotated[
    list[Path],
    typer.Option(
        "--root-keys",
        help=f"Folder of root keys, may be given several times; passphrase: asked, or {ROOT_VARIABLE}.",
    ),
]


def init(
    repository: Repository,
    keys: Keys,
    root_keys: RootKeys,
    root_count: Annotated[int, typer.Option("--root-count", min=1, max=9)] = 3,
    threshold: Annotated[
        int, typer.Option("--threshold", min=1, max=9, help="Root keys that must sign together.")
    ] = 2,
) -> None:
    """Make the keys and an empty signed repository, and the root of trust for the vehicles."""
    if not root_keys:
        raise UserError("--root-keys: name a folder for the root keys.")
    made = _repository(repository)
    made.begin(
        _ring(root_keys, ROOT_VARIABLE, "root keys", confirm=True),
        _ring([keys], KEYS_VARIABLE, "publishing keys", confirm=True),
        now=_now(),
        root_count=root_count,
        threshold=threshold,
    )
    typer.echo(f"{repository}: an empty repository")
    typer.echo(f"bring to every vehicle as updates.root_file: {made.newest_root}")
    typer.echo(
        f"take each of the {root_count} root keys in {root_keys[0]} to a place of its own, offline:"
        f" {threshold} of them sign the next root"
    )


def publish(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="Folder of the bundle.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="REPOSITORY", help="The repository's folder.")
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help=f"Folder of the keys; passphrase: asked, or {KEYS_VARIABLE}."),
    ] = None,
    channel: Annotated[
        str, typer.Option("--channel", help="Which vehicles: those of this channel.")
    ] = "stable",
    settings: Annotated[
        Path | None,
        typer.Option("--settings", metavar="YAML", help="Settings for the channel's vehicles."),
    ] = None,
) -> None:
    """Sign a bundle, settings or both, and offer them to the vehicles of a channel."""
    from rich.console import Console

    if to is None or keys is None:
        raise UserError("--to and --keys: name the repository's folder and that of the keys.")
    made = _repository(to)
    from model_compression.publishing.release import publish as publish_release

    ring = _ring([keys], KEYS_VARIABLE, "publishing keys")
    console = Console(stderr=True)
    with console.status("publishing") as status:
        published = publish_release(
            made,
            ring,
            channel,
            bundle=bundle,
            settings=settings,
            now=_now(),
            tell=lambda words: status.update(words),
        )
    for target in published.added:
        typer.echo(f"signed: {target}")
    newest = published.channel.releases[0].title if published.channel.releases else "no bundle"
    typer.echo(f"the channel {channel} offers {newest}")


def refresh(repository: Repository, keys: Keys) -> None:
    """Sign anew what is about to expire; run it daily, or the vehicles take no more updates."""
    signed = _repository(repository).refresh(
        _ring([keys], KEYS_VARIABLE, "publishing keys"), now=_now()
    )
    typer.echo(f"{repository}: signed {', '.join(signed)}")


def renew_root(
    repository: Repository,
    root_keys: RootKeys,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="Folder of the publishing keys, to replace one.")
    ] = None,
    replace: Annotated[
        str | None,
        typer.Option(
            "--replace", metavar="KEY", help="root-1, targets, snapshot or timestamp: made anew."
        ),
    ] = None,
) -> None:
    """Sign the next root before this one expires, or to replace a key that is lost or stolen."""
    place = _repository(repository).renew_root(
        _ring(root_keys, ROOT_VARIABLE, "root keys"),
        None if keys is None else _ring([keys], KEYS_VARIABLE, "publishing keys"),
        now=_now(),
        replace=replace,
    )
    typer.echo(f"{place}: signed; vehicles take it by themselves")


def _repository(folder: Path) -> ReleaseRepository:
    from edge_app.updates.opening import require_tuf

    require_tuf()
    from model_compression.publishing.repository import ReleaseRepository

    return ReleaseRepository(folder)


def _ring(folders: list[Path], variable: str, what: str, *, confirm: bool = False) -> KeyRing:
    from model_compression.publishing.keys import KeyRing

    passphrase = os.environ.get(variable)
    if not passphrase:
        passphrase = str(
            typer.prompt(
                f"passphrase of the {what}", hide_input=True, confirmation_prompt=confirm, err=True
            )
        )
    return KeyRing(folders, passphrase)


def _now() -> datetime:
    return datetime.now(timezone.utc)
