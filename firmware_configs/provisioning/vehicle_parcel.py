"""What travels to a vehicle: the authority's certificate, its own, its settings; its key where made in the office."""

from __future__ import annotations

import io
import secrets
import tarfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import yaml
from cryptography import x509

from firmware_configs.provisioning.authority import certificate_pem, common_name
from firmware_configs.provisioning.fleet import Fleet
from firmware_configs.provisioning.fleet_settings import FleetSettings
from firmware_configs.provisioning.secret_files import (
    PUBLIC_MODE,
    SECRET_MODE,
    make_private_folder,
    write_new_secret,
    write_public,
)
from firmware_configs.provisioning.vehicle_names import AUTHORITY, CERTIFICATE, KEY, SETTINGS


@dataclass(frozen=True, slots=True)
class Parcel:
    """For one vehicle; without a key where the vehicle has its own already."""

    authority: bytes
    certificate: bytes
    settings: bytes
    key: bytes | None = None

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Content and mode by name."""
        files = {
            AUTHORITY: (self.authority, PUBLIC_MODE),
            CERTIFICATE: (self.certificate, PUBLIC_MODE),
            SETTINGS: (self.settings, PUBLIC_MODE),
        }
        if self.key is not None:
            files[KEY] = (self.key, SECRET_MODE)
        return files

    def write_new_folder(self, folder: Path) -> None:
        """Whole or not there."""
        draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        make_private_folder(draft)
        self._write(draft)
        draft.rename(folder)

    def update_folder(self, folder: Path) -> None:
        """Everything but a key that is there."""
        make_private_folder(folder)
        self._write(folder)

    def _write(self, folder: Path) -> None:
        for name, (content, mode) in self.files().items():
            (write_new_secret if mode == SECRET_MODE else write_public)(folder / name, content)

    def write_new_tar(self, file: Path, now: datetime) -> None:
        """One file of mode 0600, whose content belongs to root where root unpacks it."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, (content, mode) in self.files().items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(content), mode, int(now.timestamp())
                archive.addfile(entry, io.BytesIO(content))
        write_new_secret(file, packed.getvalue())


def parcel_for(fleet: Fleet, certificate: x509.Certificate, key: bytes | None = None) -> Parcel:
    return Parcel(
        certificate_pem(fleet.certificate),
        certificate_pem(certificate),
        settings_snippet(fleet.settings, common_name(certificate)),
        key,
    )


def settings_snippet(settings: FleetSettings, identity: str) -> bytes:
    """To be merged into the vehicle's configuration. MQTT 5 is named: in 3.1.1 a broker drops in silence what a client
    may not write, and the unit would believe it delivered.
    """
    folder = PurePosixPath(settings.vehicle_folder)
    telemetry = {
        "enabled": True,
        "host": settings.hosts[0],
        "port": settings.port,
        "protocol": "5",
        "topic_prefix": settings.topic_prefix,
        "tls": {
            "ca_file": str(folder / AUTHORITY),
            "certificate_file": str(folder / CERTIFICATE),
            "key_file": str(folder / KEY),
        },
    }
    values = {"unit": {"vehicle_id": identity}, "telemetry": telemetry}
    return yaml.safe_dump(values, sort_keys=False).encode()
