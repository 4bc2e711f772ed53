"""Certificates of single vehicles and readers: made, signed, renewed, taken back. In the office."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError
from firmware_configs.commands.office import (
    FleetOption,
    Identity,
    PassphraseOption,
    now,
    open_fleet,
    unlock,
)

if TYPE_CHECKING:
    from firmware_configs.provisioning.fleet import Fleet


def vehicle(
    identity: Identity,
    fleet: FleetOption = Path(),
    tar: Annotated[
        Path | None,
        typer.Option(
            "--tar",
            metavar="FILE",
            help="Pack everything into this file (mode 0600) and keep no copy of the key.",
        ),
    ] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Make key and certificate of a vehicle, to be carried to it."""
    opened = open_fleet(fleet)
    from firmware_configs.provisioning.authority import Role, key_pem, new_key
    from firmware_configs.provisioning.fleet_settings import require_vehicle_id
    from firmware_configs.provisioning.secret_files import require_room_for
    from firmware_configs.provisioning.vehicle_parcel import parcel_for

    require_vehicle_id(identity, opened.settings)
    authority = unlock(opened, passphrase_file)
    with opened.locked():
        at = now()
        _require_without_certificate(opened, identity, at)
        target = tar or fleet / "vehicles" / identity
        if target.exists():
            raise UserError(f"{target} exists and is not written over; move it away first.")
        present = next(folder for folder in target.parents if folder.exists())
        require_room_for(
            tar or present / identity
        )  # a certificate whose key is lost has to be revoked
        key = new_key()
        certificate = opened.issue(authority, key.public_key(), identity, Role.VEHICLE, at)
        parcel = parcel_for(opened, certificate, key_pem(key))
        if tar is None:
            parcel.write_new_folder(target)
        else:
            parcel.write_new_tar(target, at)
    typer.echo(
        f"{target}: valid until {certificate.not_valid_after_utc:%Y-%m-%d}; carry it to the vehicle, say `vigil"
        f" provision accept` there, and delete it here: it holds the vehicle's key."
    )


def sign(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="CSR", help="What `request` wrote in the vehicle.", show_default=False
        ),
    ],
    fleet: FleetOption = Path(),
    expected: Annotated[
        str | None,
        typer.Option(
            "--fingerprint",
            help="Of the key, as the vehicle shows it; asked for where the key is not known yet.",
        ),
    ] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Certify the key a vehicle has made; the key itself never leaves it."""
    opened = open_fleet(fleet)
    from firmware_configs.provisioning.authority import Role, common_name, fingerprint
    from firmware_configs.provisioning.fleet_settings import require_vehicle_id
    from firmware_configs.provisioning.signing_request import read_request
    from firmware_configs.provisioning.vehicle_parcel import parcel_for

    wanted, key = read_request(file)
    identity = common_name(wanted)
    require_vehicle_id(identity, opened.settings)
    known = [one for one in opened.of(identity) if one.certificate.public_key() == key]
    if any(one.revoked_at is not None for one in known):
        raise UserError(
            f"This key of {identity} was revoked; make another one in the vehicle with `vigil provision request"
            " --new-key`."
        )
    if not known or expected is not None:
        _require_fingerprint(fingerprint(key), expected, identity)
    authority = unlock(opened, passphrase_file)
    with opened.locked():
        certificate = opened.issue(authority, key, identity, Role.VEHICLE, now())
        target = fleet / "vehicles" / identity
        parcel_for(opened, certificate).update_folder(target)
    typer.echo(
        f"{target}: valid until {certificate.not_valid_after_utc:%Y-%m-%d}; carry ca.pem, vehicle.pem and vigil.yaml to"
        f" the vehicle and say `vigil provision accept` there; no secret is among them."
    )


def renew(
    identity: Identity,
    fleet: FleetOption = Path(),
    within_days: Annotated[
        int,
        typer.Option(
            "--within", min=0, metavar="DAYS", help="Do nothing while it holds longer than this."
        ),
    ] = 90,
    passphrase_file: PassphraseOption = None,
) -> None:
    """A new certificate for the key a vehicle or reader has already; nothing secret has to travel."""
    opened = open_fleet(fleet)
    from firmware_configs.provisioning.authority import PublicKey, Role, certificate_pem
    from firmware_configs.provisioning.secret_files import write_public
    from firmware_configs.provisioning.vehicle_parcel import parcel_for

    known = [one for one in opened.of(identity) if one.role is not Role.BROKER]
    usable = [one for one in known if one.revoked_at is None]
    if not usable:
        state = "was revoked" if known else "has no certificate"
        maker = "broker" if identity in opened.settings.readers else f"vehicle {identity}"
        raise UserError(
            f"{identity} {state}; `vigil provision {maker}` makes a new key and certificate."
        )
    newest = usable[-1]
    days_left = (newest.certificate.not_valid_after_utc - now()).days
    if days_left > within_days:
        typer.echo(f"{identity} holds for {days_left} days more; nothing to do.")
        return
    authority = unlock(opened, passphrase_file)
    key = newest.certificate.public_key()
    assert isinstance(key, PublicKey)
    with opened.locked():
        certificate = opened.issue(authority, key, identity, newest.role, now())
        if newest.role is Role.READER:
            target = fleet / "readers" / identity
            write_public(target / "reader.pem", certificate_pem(certificate))
        else:
            target = fleet / "vehicles" / identity
            parcel_for(opened, certificate).update_folder(target)
    typer.echo(
        f"{target}: valid until {certificate.not_valid_after_utc:%Y-%m-%d}; the key is the same, so only the"
        " certificate has to be carried over."
    )


def revoke(
    identity: Identity, fleet: FleetOption = Path(), passphrase_file: PassphraseOption = None
) -> None:
    """Let a vehicle or reader in no more: stolen, sold, or its key seen by others."""
    opened = open_fleet(fleet)
    authority = unlock(opened, passphrase_file)
    with opened.locked():
        revoked = opened.revoke(authority, identity, now())
        for kind in ("vehicles", "readers"):
            useless = fleet / kind / identity
            if revoked and useless.exists():
                mark = f"{revoked[-1].certificate.serial_number:040x}"[:8]
                useless.rename(useless.with_name(f"{identity}.revoked-{mark}"))
    if revoked:
        typer.echo(f"{identity}: {len(revoked)} certificate(s) revoked.")
    else:
        typer.echo(f"{identity} was revoked before; the list was written anew.")
    typer.echo(
        f"Copy {fleet / 'broker' / 'crl.pem'} to {opened.settings.broker_folder} on the broker's machine and say"
        " `systemctl restart mosquitto`: a reload refuses new connections only, a restart ends the present one too."
    )


def _require_fingerprint(found: str, expected: str | None, identity: str) -> None:
    """A request travels on sticks and in mails: only the vehicle's own screen says which key is its."""
    if expected is None:
        if not sys.stdin.isatty():
            raise UserError(
                f"The key of this request for {identity} is not known yet; look what `vigil provision request`"
                " showed in the vehicle, and say --fingerprint with what it shows."
            )
        if not typer.confirm(
            f"Does the vehicle {identity} show the fingerprint {found}?", err=True
        ):
            raise UserError("Nothing was signed; make the request in the vehicle again.")
    elif expected.strip().lower() != found:
        raise UserError(
            f"The request for {identity} asks for the key {found}, not for {expected}; nothing was signed, make the"
            " request in the vehicle again."
        )


def _require_without_certificate(fleet: Fleet, identity: str, at: datetime) -> None:
    for one in fleet.of(identity):
        if one.valid(at):
            raise UserError(
                f"{identity} has a certificate until {one.certificate.not_valid_after_utc:%Y-%m-%d}; `vigil provision"
                f" renew {identity}` extends it, `vigil provision revoke {identity}` takes it back."
            )
