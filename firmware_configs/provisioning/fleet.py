"""A fleet as a folder in the office: the authority, every certificate it has issued, what it has revoked.

The issued certificates and the revocation list are the register; there is no second book that could disagree.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge_app.errors import UserError
from firmware_configs.provisioning.authority import (
    Authority,
    Key,
    PublicKey,
    Role,
    certificate_pem,
    common_name,
    key_pem,
    new_authority,
    new_key,
)
from firmware_configs.provisioning.broker_files import access_rules, configuration
from firmware_configs.provisioning.fleet_settings import (
    BROKER,
    FleetSettings,
    from_yaml,
    to_yaml,
)
from firmware_configs.provisioning.secret_files import (
    make_private_folder,
    read_public,
    read_secret,
    write_new_secret,
    write_public,
)

SETTINGS = "fleet.yaml"


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate of the register."""

    certificate: x509.Certificate
    role: Role
    revoked_at: datetime | None
    newest: bool  # of this identity

    @property
    def identity(self) -> str:
        return common_name(self.certificate)

    def valid(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.certificate.not_valid_after_utc

    def state(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "revoked"
        if not self.valid(now):
            return "expired"
        return "valid" if self.newest else "renewed"


class Fleet:
    """Opened from its folder; the authority's key is read only by what signs."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError where the folder holds no fleet."""
        self.folder = folder
        self.register = folder / "authority" / "issued"
        if not (folder / SETTINGS).is_file():
            raise UserError(
                f"{folder} holds no fleet; make one with `vigil provision fleet`, or name its folder with --fleet."
            )
        self.settings = from_yaml(read_public(folder / SETTINGS), str(folder / SETTINGS))
        self.certificate = _certificate(self.authority_file)
        self.revocations = _revocations(folder / "authority" / "crl.pem", self.certificate)

    @property
    def authority_file(self) -> Path:
        return self.folder / "authority" / "ca.pem"

    @property
    def key_is_encrypted(self) -> bool:
        return b"ENCRYPTED" in read_secret(self.folder / "authority" / "ca.key").split(b"\n", 1)[0]

    def authority(self, passphrase: bytes | None) -> Authority:
        file = self.folder / "authority" / "ca.key"
        try:
            key = serialization.load_pem_private_key(read_secret(file), passphrase)
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{file} does not open with this passphrase; try again, or restore it from a copy."
            ) from error
        assert isinstance(key, Key)
        if key.public_key() != self.certificate.public_key():
            raise UserError(
                f"{file} does not belong to ca.pem beside it; restore both from a copy."
            )
        return Authority(self.certificate, key)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One command at a time changes a fleet."""
        descriptor = os.open(self.folder / "authority", os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self.revocations = _revocations(self.folder / "authority" / "crl.pem", self.certificate)
            yield
        finally:
            os.close(descriptor)

    def issued(self) -> list[Issued]:
        """By identity, then by age."""
        files = sorted(self.register.glob("*.pem"), key=lambda file: file.stat().st_mtime_ns)
        certificates = [_certificate(file) for file in files]
        # Stable: those of one second stay in the order in which they were written.
        certificates.sort(key=lambda one: (common_name(one), one.not_valid_before_utc))
        newest = {common_name(one): one.serial_number for one in certificates}
        register = []
        for one in certificates:
            revoked = self.revocations.get_revoked_certificate_by_serial_number(one.serial_number)
            register.append(
                Issued(
                    one,
                    _role(one),
                    None if revoked is None else revoked.revocation_date_utc,
                    newest[common_name(one)] == one.serial_number,
                )
            )
        return register

    def of(self, identity: str) -> list[Issued]:
        return [one for one in self.issued() if one.identity == identity]

    def issue(
        self, authority: Authority, key: PublicKey, identity: str, role: Role, now: datetime
    ) -> x509.Certificate:
        """Sign and enter into the register, in this order: nothing signed here is ever unknown here.

        Raises `UserError` for a key that was revoked, whoever it belonged to.
        """
        for one in self.issued():
            if one.revoked_at is not None and one.certificate.public_key() == key:
                raise UserError(
                    f"The key for {identity} was revoked as that of {one.identity}; make another one in the vehicle"
                    " with `vigil provision request --new-key`."
                )
        vehicle = role is Role.VEHICLE
        days = self.settings.vehicle_days if vehicle else self.settings.broker_days
        hosts = self.settings.hosts if role is Role.BROKER else ()
        certificate = authority.sign(key, identity, role, now, timedelta(days=days), hosts)
        name = f"{certificate.serial_number:040x}.pem"
        write_public(self.register / name, certificate_pem(certificate))
        return certificate

    def revoke(self, authority: Authority, identity: str, now: datetime) -> list[Issued]:
        """All of an identity, renewed and expired ones too: a key that was lost is certified by none of them again.

        Empty when there is nothing left to revoke.
        """
        if identity == BROKER:
            raise UserError(
                "Vehicles do not ask whether the broker's certificate was revoked; if its key was stolen, make a new"
                " fleet."
            )
        known = self.of(identity)
        if not known:
            raise UserError(
                f"No certificate was ever issued to {identity}; `vigil provision list` names all."
            )
        taken_back = [one for one in known if one.revoked_at is None]
        revoked = [
            (one.certificate.serial_number, one.revoked_at)
            for one in self.issued()
            if one.revoked_at is not None
        ]
        revoked += [(one.certificate.serial_number, now) for one in taken_back]
        self.revocations = authority.revocation_list(revoked, now, self.revocations)
        content = self.revocations.public_bytes(serialization.Encoding.PEM)
        write_public(self.folder / "authority" / "crl.pem", content)
        try:
            write_public(self.folder / "broker" / "crl.pem", content)
        except UserError as error:
            raise UserError(
                f"{identity} is revoked in the register, but the broker's list does not say so yet ({error}); say it"
                " again once that is mended."
            ) from error
        return taken_back

    def renew_broker(
        self, authority: Authority, settings: FleetSettings, now: datetime
    ) -> x509.Certificate:
        """A new certificate for the broker's key, and its configuration from these settings."""
        self.settings = settings
        write_public(self.folder / SETTINGS, to_yaml(settings))
        broker = self.folder / "broker"
        make_private_folder(broker)
        if not (broker / "server.key").exists():
            write_new_secret(broker / "server.key", key_pem(new_key()))
        key = serialization.load_pem_private_key(read_secret(broker / "server.key"), None)
        assert isinstance(key, Key)
        certificate = self.issue(authority, key.public_key(), BROKER, Role.BROKER, now)
        revocations = self.revocations.public_bytes(serialization.Encoding.PEM)
        write_public(broker / "server.pem", certificate_pem(certificate))
        write_public(broker / "ca.pem", certificate_pem(self.certificate))
        write_public(broker / "crl.pem", revocations)
        write_public(broker / "acl", access_rules(settings).encode())
        write_public(broker / "vigil.conf", configuration(settings).encode())
        return certificate


def make_fleet(
    folder: Path, settings: FleetSettings, passphrase: bytes | None, now: datetime
) -> Fleet:
    """The authority with its empty revocation list, and the broker's files; all of it or nothing."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            f"{folder} exists and is not empty; an authority is made once: name another folder, or renew the broker's"
            " files with `vigil provision broker`."
        )
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    make_private_folder(draft)
    make_private_folder(draft / "authority")
    make_private_folder(draft / "authority" / "issued")
    key = new_key()
    certificate = new_authority(key, settings.name, now, timedelta(days=settings.authority_days))
    authority = Authority(certificate, key)
    write_public(draft / SETTINGS, to_yaml(settings))
    write_public(draft / "authority" / "ca.pem", certificate_pem(certificate))
    write_new_secret(draft / "authority" / "ca.key", key_pem(key, passphrase))
    revocations = authority.revocation_list([], now)
    write_public(
        draft / "authority" / "crl.pem", revocations.public_bytes(serialization.Encoding.PEM)
    )
    Fleet(draft).renew_broker(authority, settings, now)
    draft.rename(folder)
    return Fleet(folder)


def _role(certificate: x509.Certificate) -> Role:
    units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    return Role(units[0].value)


def _certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(read_public(file))
    except ValueError as error:
        raise UserError(f"{file} is not a certificate in PEM; restore it from a copy.") from error


def _revocations(file: Path, authority: x509.Certificate) -> x509.CertificateRevocationList:
    try:
        revocations = x509.load_pem_x509_crl(read_public(file))
    except ValueError as error:
        raise UserError(f"{file} is not a revocation list; restore it from a copy.") from error
    key = authority.public_key()
    assert isinstance(key, PublicKey)
    if not revocations.is_signature_valid(key):
        raise UserError(
            f"{file} was not signed by the authority of this fleet; restore it from a copy, else what was revoked"
            " would be let in again."
        )
    return revocations
