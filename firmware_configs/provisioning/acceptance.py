"""Puts what came from the office in its place in the vehicle, after looking whether it belongs there.

Needs nothing but the standard library, so that a unit needs no extra for it.
"""

from __future__ import annotations

import ssl
import tarfile
import tempfile
from pathlib import Path

from edge_app.errors import UserError
from edge_app.telemetry.certificate import Certificate, read_certificate
from firmware_configs.provisioning.secret_files import (
    SECRET_MODE,
    make_private_folder,
    put_in_place,
    read_public,
    write_new_secret,
    write_public,
)
from firmware_configs.provisioning.vehicle_names import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    NEXT_KEY,
    SETTINGS,
)

LARGEST_BYTES = 65_536  # of one file; a certificate has about 1000


def accept(parcel: Path, folder: Path) -> Certificate:
    """`parcel`: the folder or the tar of `vigil provision`. Done again, after a power cut too, it ends the same.

    A next key takes its place before its certificate does: a unit that reads between the two keeps what it has.
    """
    files = _read_parcel(parcel)
    _require_believed(files[AUTHORITY], folder / AUTHORITY, parcel)
    with tempfile.TemporaryDirectory(prefix="vigil-accept-") as name:
        desk = Path(name)
        write_public(desk / CERTIFICATE, files[CERTIFICATE])
        certificate = read_certificate(desk / CERTIFICATE)
        if KEY in files:
            write_new_secret(desk / KEY, files[KEY])
        make_private_folder(folder)
        _put_key(desk, folder, parcel)
    write_public(folder / AUTHORITY, files[AUTHORITY])
    write_public(folder / CERTIFICATE, files[CERTIFICATE])
    if SETTINGS in files:
        write_public(folder / SETTINGS, files[SETTINGS])
    return certificate


def _require_believed(authority: bytes, believed: Path, parcel: Path) -> None:
    """A certificate for this vehicle's key proves nothing: the key's public half is known, and anybody signs it."""
    if believed.exists() and read_public(believed) != authority:
        raise UserError(
            f"{parcel} comes from another authority than {believed}; move that file away first if this vehicle is to"
            " have a new fleet."
        )


def _put_key(desk: Path, folder: Path, parcel: Path) -> None:
    certificate, in_use, waiting = desk / CERTIFICATE, folder / KEY, folder / NEXT_KEY
    if _belong_together(certificate, in_use):
        in_use.chmod(SECRET_MODE)
    elif _belong_together(certificate, waiting):
        waiting.chmod(SECRET_MODE)
        put_in_place(waiting, in_use)
    elif not _belong_together(certificate, desk / KEY):
        raise UserError(
            f"The certificate in {parcel} belongs to no key in {folder} and brings none; is it this vehicle's?"
        )
    elif in_use.exists():
        raise UserError(
            f"{in_use} is another key than the one in {parcel} and is not written over; move it away first if this"
            " vehicle is to have the new one."
        )
    else:
        write_new_secret(in_use, (desk / KEY).read_bytes())


def _belong_together(certificate: Path, key: Path) -> bool:
    if not key.exists():
        return False
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, lambda: "")
    except (ssl.SSLError, ValueError):
        return False
    return True


def _read_parcel(parcel: Path) -> dict[str, bytes]:
    names = (AUTHORITY, CERTIFICATE, KEY, SETTINGS)
    if parcel.is_dir():
        files = {name: read_public(parcel / name) for name in names if _is_plain(parcel / name)}
    else:
        files = _read_tar(parcel, names)
    for name in (AUTHORITY, CERTIFICATE):
        if name not in files:
            raise UserError(
                f"{parcel} has no {name}; name the folder or tar that `vigil provision` made."
            )
    return files


def _is_plain(file: Path) -> bool:
    """A link may lead to what only this user may read, and what is accepted can be read by all."""
    return not file.is_symlink() and file.is_file() and file.stat().st_size <= LARGEST_BYTES


def _read_tar(file: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Only plain files of the known names are taken; nothing is unpacked by a path from the archive."""
    files = {}
    try:
        with tarfile.open(file, "r:") as archive:
            for entry in archive:
                if entry.name in names and entry.isfile() and entry.size <= LARGEST_BYTES:
                    content = archive.extractfile(entry)
                    assert content is not None
                    files[entry.name] = content.read()
    except (OSError, tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        raise UserError(
            f"{file} is not a readable tar; name the folder or tar that `vigil provision` made."
        ) from error
    return files
