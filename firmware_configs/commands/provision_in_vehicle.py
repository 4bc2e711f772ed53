"""The two steps of `vigil provision` that are done in the vehicle: ask for a certificate, put it in its place."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError

FolderOption = Annotated[
    Path, typer.Option("--folder", help="Where the vehicle's certificate and key lie.")
]
IN_VEHICLE = Path("/etc/vigil/tls")


def request(
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="As in unit.vehicle_id.", show_default=False)
    ],
    folder: FolderOption = IN_VEHICLE,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make another key; the present one serves until then.")
    ] = False,
) -> None:
    """In the vehicle: ask for a certificate for a key that stays there."""
    require_cryptography()
    from firmware_configs.provisioning.authority import fingerprint
    from firmware_configs.provisioning.fleet_settings import ALLOWED, IDENTITY
    from firmware_configs.provisioning.signing_request import write_request

    if not IDENTITY.fullmatch(identity):
        raise UserError(f"The vehicle id {identity!r} cannot be part of a topic; use {ALLOWED}.")
    file, key = write_request(folder, identity, another_key=new_key)
    typer.echo(f"{file}: bring it to the office, where `vigil provision sign` certifies it.")
    typer.echo(f"fingerprint of the key: {fingerprint(key)}")


def accept(
    parcel: Annotated[
        Path,
        typer.Argument(
            metavar="PARCEL", help="Folder or tar from the office.", exists=True, show_default=False
        ),
    ],
    folder: FolderOption = IN_VEHICLE,
) -> None:
    """In the vehicle: put what came from the office in its place; a running unit takes it up."""
    from firmware_configs.provisioning.acceptance import accept as put_in_place

    certificate = put_in_place(parcel, folder)
    typer.echo(
        f"{folder}: the certificate of {certificate.common_name} holds until {certificate.last_day}; its settings are"
        f" in {folder / 'vigil.yaml'}. If the service runs as a user of its own, give it the folder: `chown -R`."
    )


def require_cryptography() -> None:
    if find_spec("cryptography") is None:
        raise UserError(
            "`vigil provision` needs the Python package cryptography; install the extra `provision`."
        )
