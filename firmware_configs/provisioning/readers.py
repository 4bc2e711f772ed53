"""Certificates of those who read the whole fleet, such as the dashboard."""

from __future__ import annotations

from datetime import datetime

from firmware_configs.provisioning.authority import (
    Authority,
    Role,
    certificate_pem,
    key_pem,
    new_key,
)
from firmware_configs.provisioning.fleet import Fleet
from firmware_configs.provisioning.secret_files import (
    make_private_folder,
    write_new_secret,
    write_public,
)


def make_readers(fleet: Fleet, authority: Authority, now: datetime) -> None:
    """For each that has none yet, a folder with its key; one whose certificate was revoked has none any more."""
    for reader in fleet.settings.readers:
        folder = fleet.folder / "readers" / reader
        if folder.exists():
            continue
        key = new_key()
        certificate = fleet.issue(authority, key.public_key(), reader, Role.READER, now)
        make_private_folder(folder)
        write_new_secret(folder / "reader.key", key_pem(key))
        write_public(folder / "reader.pem", certificate_pem(certificate))
        write_public(folder / "ca.pem", certificate_pem(fleet.certificate))
