"""Give each vehicle a certificate of its own, and the broker the rules that keep vehicles apart."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from edge_app.errors import UserError
from firmware_configs.commands.office import (
    FleetOption,
    PassphraseOption,
    ask,
    now,
    open_fleet,
    passphrase_in,
    unlock,
)
from firmware_configs.commands.provision_certificates import renew, revoke, sign, vehicle
from firmware_configs.commands.provision_in_vehicle import accept, request, require_cryptography

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])


def fleet(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to be made.", show_default=False)
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the fleet.", show_default=False)],
    host: Annotated[
        list[str],
        typer.Option(
            "--host",
            metavar="HOST",
            help="Name or address of the broker as vehicles call it; may be repeated, the first is given to them.",
            show_default=False,
        ),
    ],
    port: Annotated[
        int, typer.Option("--port", help="The broker's port; it speaks TLS only.")
    ] = 8883,
    reader: Annotated[
        list[str] | None,
        typer.Option(
            "--reader",
            metavar="NAME",
            help="Who reads all vehicles, such as the dashboard; may be repeated. `fleet` without it.",
        ),
    ] = None,
    encrypt: Annotated[
        bool,
        typer.Option("--encrypt", help="Close the authority's key with a passphrase; asks for it."),
    ] = False,
    passphrase_file: PassphraseOption = None,
    vehicle_days: Annotated[
        int, typer.Option("--vehicle-days", help="How long a vehicle's certificate holds, days.")
    ] = 365,
    broker_folder: Annotated[
        str,
        typer.Option("--broker-folder", help="Where the files will lie on the broker's machine."),
    ] = "/etc/mosquitto/vigil",
    vehicle_folder: Annotated[
        str, typer.Option("--vehicle-folder", help="Where the files will lie in a vehicle.")
    ] = "/etc/vigil/tls",
) -> None:
    """Make the fleet's authority, the broker's configuration and the readers' certificates."""
    require_cryptography()
    from firmware_configs.provisioning.fleet import make_fleet
    from firmware_configs.provisioning.fleet_settings import fleet_settings
    from firmware_configs.provisioning.readers import make_readers

    settings = fleet_settings(
        name=name,
        hosts=tuple(host),
        port=port,
        readers=tuple(reader or ["fleet"]),
        vehicle_days=vehicle_days,
        broker_folder=broker_folder,
        vehicle_folder=vehicle_folder,
    )
    passphrase = None
    if passphrase_file is not None:
        passphrase = passphrase_in(passphrase_file)
    elif encrypt:
        passphrase = ask("Passphrase for the authority's key", twice=True)
    made = make_fleet(folder, settings, passphrase, now())
    make_readers(made, made.authority(passphrase), now())
    typer.echo(
        f"{folder}/authority: keep this folder offline, with a copy; who has it is the fleet."
    )
    typer.echo(
        f"{folder}/broker: copy it to {broker_folder} on the broker's machine; server.key belongs to the user mosquitto"
        " there."
    )
    for each in settings.readers:
        typer.echo(f"{folder}/readers/{each}: certificate and key of the reader {each}.")


def broker(
    fleet: FleetOption = Path(),
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host", metavar="HOST", help="Names and addresses, in place of those so far."
        ),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="In place of the one so far.")] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", metavar="NAME", help="One more reader; may be repeated."),
    ] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Renew the broker's certificate and write its configuration anew."""
    opened = open_fleet(fleet)
    from firmware_configs.provisioning.authority import Role
    from firmware_configs.provisioning.fleet_settings import fleet_settings
    from firmware_configs.provisioning.readers import make_readers

    values = opened.settings.model_dump()
    values["hosts"] = tuple(host) if host else opened.settings.hosts
    values["port"] = opened.settings.port if port is None else port
    values["readers"] = tuple(dict.fromkeys([*opened.settings.readers, *(reader or [])]))
    settings = fleet_settings(**values)
    vehicles = {one.identity for one in opened.issued() if one.role is Role.VEHICLE}
    for taken in vehicles & set(settings.readers):
        raise UserError(f"{taken} is a vehicle of this fleet; choose another name for the reader.")
    authority = unlock(opened, passphrase_file)
    with opened.locked():
        certificate = opened.renew_broker(authority, settings, now())
        make_readers(opened, authority, now())
    typer.echo(
        f"{fleet / 'broker'}: valid until {certificate.not_valid_after_utc:%Y-%m-%d}; copy it to"
        f" {settings.broker_folder} on the broker's machine and restart Mosquitto."
    )


def list_them(fleet: FleetOption = Path()) -> None:
    """Every certificate: whose, in what state, until when, its serial number."""
    opened = open_fleet(fleet)
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    at = now()
    table = Table(box=None, pad_edge=False)
    for title in ("id", "role", "state", "expires", "days", "serial"):
        table.add_column(
            title,
            no_wrap=title not in ("id", "serial"),
            overflow="fold",
            justify="right" if title == "days" else "left",
        )
    colours = {"valid": "green", "revoked": "red", "expired": "yellow"}
    for one in opened.issued():
        state, end = one.state(at), one.certificate.not_valid_after_utc
        colour = colours.get(state, "dim")
        table.add_row(
            escape(one.identity),
            one.role.value,
            f"[{colour}]{state}[/]",
            f"{end:%Y-%m-%d}",
            str((end - at).days),
            f"{one.certificate.serial_number:040x}",
        )
    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, soft_wrap=True, width=width).print(table)
    typer.echo(f"authority: {opened.certificate.not_valid_after_utc:%Y-%m-%d}")


for command in (fleet, broker, vehicle, request, sign, accept, renew, revoke):
    app.command()(command)
app.command("list")(list_them)
