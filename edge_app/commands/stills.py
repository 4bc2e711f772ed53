"""Make the office's keys for event stills, and open stills with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])

_STANDARD_INPUT = Path("-")
_SECRET_MODE, _FOLDER_MODE = 0o600, 0o700
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="First line is the passphrase of the private key; asked for at the terminal without it.",
    ),
]


@app.command()
def keys(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where they are written.", show_default=False)
    ],
    passphrase_file: PassphraseOption = None,
    no_passphrase: Annotated[
        bool,
        typer.Option("--no-passphrase", help="Whoever reads the private key's file opens stills."),
    ] = False,
) -> None:
    """Make a pair: stills.pub for the vehicles, stills.key for the office alone."""
    _require_cryptography()
    from edge_app.stills.office_keys import PRIVATE, PUBLIC, make_keys

    if passphrase_file is not None and no_passphrase:
        raise UserError("Give one of --passphrase-file and --no-passphrase.")
    passphrase = None if no_passphrase else _passphrase(passphrase_file, twice=True)
    key_id = make_keys(folder, passphrase)
    typer.echo(f"{folder / PUBLIC}: copy it to the vehicles (event_stills.recipient_file).")
    typer.echo(
        f"{folder / PRIVATE}: keep it in the office, with a copy; without it no still opens. Key {key_id}."
    )


@app.command("open")
def open_them(
    sealed: Annotated[
        list[Path],
        typer.Argument(
            metavar="STILL...",
            help="Files from a vehicle, messages saved from the broker, folders of either, or - for standard input.",
            show_default=False,
        ),
    ],
    key: Annotated[
        Path,
        typer.Option("--key", "-k", help="The office's private key.", show_default=False),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the pictures.", show_default=False)
    ],
    passphrase_file: PassphraseOption = None,
) -> None:
    """Open stills: pictures and a still.json for each, in a folder of its name."""
    _require_cryptography()
    from rich.console import Console
    from rich.progress import track

    from edge_app.stills.office_keys import is_encrypted, read_private_key

    passphrase = _passphrase(passphrase_file) if is_encrypted(key) else None
    private = read_private_key(key, passphrase)
    files = list(_files(sealed))
    if not files:
        raise UserError(f"{sealed[0]} holds no files; name stills or a folder of them.")
    console = Console(stderr=True)
    closed = 0
    for file in track(
        files, "opening", console=console, disable=not console.is_terminal, transient=True
    ):
        try:
            typer.echo(_opened(file, private, out))
        except UserError as error:
            if len(files) == 1:
                raise
            typer.echo(f"error: {error}", err=True)
            closed += 1
    if closed:
        raise UserError(f"{closed} of {len(files)} stills did not open; the reasons stand above.")


def _opened(file: Path, key: X25519PrivateKey, out: Path) -> str:
    from edge_app.stills.contents import DESCRIPTION, NoStillError, unpacked
    from edge_app.stills.sealing import SealError, opened

    where = "standard input" if file == _STANDARD_INPUT else str(file)
    content = _content(file)
    try:
        header, plain = opened(content, key)
        still = unpacked(plain)
    except (SealError, NoStillError) as error:
        raise UserError(f"{where} does not open: {error}.") from error
    folder = out / header.name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        written = {DESCRIPTION: _json(still.description), **still.pictures}
        for name, bytes_of_it in written.items():
            (folder / name).write_bytes(bytes_of_it)
            (folder / name).chmod(_SECRET_MODE)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({(error.strerror or str(error)).lower()}); name another folder with --out."
        ) from error
    told = still.description
    return (
        f"{folder}: {len(still.pictures)} pictures of {_plain(told.get('vehicle'))},"
        f" {_plain(told.get('type'))}, {_plain(told.get('time'))}"
    )


def _plain(value: object) -> str:
    """Anybody can seal for the office: nothing of it may steer the terminal."""
    return "".join(character for character in str(value)[:80] if character.isprintable())


def _json(description: dict[str, object]) -> bytes:
    import json

    return (json.dumps(description, indent=1) + "\n").encode()


def _content(file: Path) -> bytes:
    if file == _STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(
            f"{file} cannot be read ({(error.strerror or str(error)).lower()}); name a sealed still."
        ) from error


def _files(given: list[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(file for file in path.glob("*.still") if file.is_file())
        else:
            yield path


def _passphrase(file: Path | None, *, twice: bool = False) -> bytes:
    """From a file or the terminal, never from the command line, which others can read."""
    from edge_app.stills.office_keys import read_secret

    if file is not None:
        lines = read_secret(file).splitlines()
        if not lines or not lines[0]:
            raise UserError(f"{file} is empty; its first line is the passphrase.")
        return lines[0]
    if not sys.stdin.isatty():
        raise UserError(
            "The private key needs a passphrase and there is no terminal to ask for it; use --passphrase-file."
        )
    answer: str = typer.prompt(
        "Passphrase of the private key", hide_input=True, confirmation_prompt=twice, err=True
    )
    if not answer:
        raise UserError("A passphrase has at least one character; or say --no-passphrase.")
    return answer.encode()


def _require_cryptography() -> None:
    try:
        import cryptography.hazmat.primitives.hpke  # noqa: F401
    except ModuleNotFoundError as error:
        raise UserError(
            "`vigil stills` needs the Python package cryptography, 47 or later; install Vigil's extra `stills`."
        ) from error
