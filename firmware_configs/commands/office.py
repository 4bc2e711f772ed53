"""What the office's commands of `vigil provision` share: the fleet's folder, the passphrase, the hour."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError
from firmware_configs.commands.provision_in_vehicle import require_cryptography

if TYPE_CHECKING:
    from firmware_configs.provisioning.authority import Authority
    from firmware_configs.provisioning.fleet import Fleet

FleetOption = Annotated[
    Path,
    typer.Option("--fleet", "-f", envvar="VIGIL_FLEET", help="Folder of the fleet in the office."),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="First line is the passphrase of the authority's key; asked for at the terminal without it.",
    ),
]
Identity = Annotated[
    str,
    typer.Argument(metavar="ID", help="The vehicle, as in unit.vehicle_id.", show_default=False),
]


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def open_fleet(folder: Path) -> Fleet:
    require_cryptography()
    from firmware_configs.provisioning.fleet import Fleet

    return Fleet(folder)


def unlock(fleet: Fleet, passphrase_file: Path | None) -> Authority:
    """A passphrase comes from a file or the terminal, never from the command line, which others can read."""
    passphrase = None
    if fleet.key_is_encrypted:
        passphrase = (
            passphrase_in(passphrase_file)
            if passphrase_file is not None
            else ask("Passphrase of the authority's key")
        )
    return fleet.authority(passphrase)


def passphrase_in(file: Path) -> bytes:
    from firmware_configs.provisioning.secret_files import read_secret

    lines = read_secret(file).splitlines()
    if not lines or not lines[0]:
        raise UserError(f"{file} is empty; its first line is the passphrase.")
    return lines[0]


def ask(question: str, *, twice: bool = False) -> bytes:
    if not sys.stdin.isatty():
        raise UserError(
            "The authority's key needs a passphrase and there is no terminal to ask for it; use --passphrase-file."
        )
    answer: str = typer.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
    return answer.encode()
