"""The office's pair of keys: the private half opens stills and stays there, the public half goes to the vehicles."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge_app.errors import UserError
from edge_app.stills.sealing import key_id

PRIVATE, PUBLIC = "stills.key", "stills.pub"
_SECRET_MODE, _PUBLIC_MODE, _FOLDER_MODE = 0o600, 0o644, 0o700


def make_keys(folder: Path, passphrase: bytes | None) -> str:
    """Both files in `folder`; returns the id of the key. Raises UserError; a key is never written over."""
    key = X25519PrivateKey.generate()
    closed = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase is not None
        else serialization.NoEncryption()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    there = next((folder / name for name in (PRIVATE, PUBLIC) if (folder / name).exists()), None)
    if there is not None:
        raise UserError(
            f"{there} exists and is not written over: stills sealed for it open with nothing else; name another folder."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        for name, content, mode in (
            (PRIVATE, private, _SECRET_MODE),
            (PUBLIC, public, _PUBLIC_MODE),
        ):
            _write_new(folder / name, content, mode)
    except OSError as error:
        raise UserError(
            f"{folder}: keys cannot be written here ({(error.strerror or str(error)).lower()}); name another folder."
        ) from error
    return key_id(key.public_key()).hex()


def read_private_key(file: Path, passphrase: bytes | None) -> X25519PrivateKey:
    """Raises UserError."""
    pem = read_secret(file)
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UserError(
            f"{file} does not open with this passphrase, or is not a private key; try again, or name the stills.key"
            " that `vigil stills keys` made."
        ) from error
    if not isinstance(key, X25519PrivateKey):
        raise UserError(
            f"{file} is a key for something else; name the stills.key that `vigil stills keys` made."
        )
    return key


def is_encrypted(file: Path) -> bool:
    return b"ENCRYPTED" in read_secret(file).split(b"\n", 1)[0]


def read_secret(file: Path) -> bytes:
    """Refuses a secret that others than its owner may read: it may be known to them by now."""
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UserError(f"{file} is a folder; name the file in it.")
        content = file.read_bytes()
        if b"PUBLIC KEY" in content.split(b"\n", 1)[0]:
            raise UserError(
                f"{file} is a public key, which opens nothing; name the private one ({PRIVATE})."
            )
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UserError(
                f"{file} may be read by others than its owner (mode {stat.S_IMODE(mode):04o}); say `chmod 600 {file}`,"
                " and make new keys if somebody may have read it."
            )
        return content
    except OSError as error:
        raise UserError(
            f"{file} cannot be read ({(error.strerror or str(error)).lower()}); name the file with --key or"
            " --passphrase-file."
        ) from error


def _write_new(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as sink:
        os.fchmod(descriptor, mode)  # whatever the umask
        sink.write(content)
        sink.flush()
        os.fsync(descriptor)
