"""Ed25519 keys that sign releases: one encrypted PEM file each, readable by its owner only.

Root keys may lie in several folders (a stick each); a key is looked for in all of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner

from edge_app.errors import UserError

SHORTEST_PASSPHRASE = 8


class KeyRing:
    """The private keys in some folders, which one passphrase opens."""

    def __init__(self, folders: Sequence[Path], passphrase: str) -> None:
        self.folders = [folder.expanduser() for folder in folders]
        self._passphrase = passphrase

    def make(self, name: str) -> CryptoSigner:
        """A new key in the first folder. Raises `UserError` where one is there, or the passphrase is too short."""
        if len(self._passphrase) < SHORTEST_PASSPHRASE:
            raise UserError(
                f"the passphrase is shorter than {SHORTEST_PASSPHRASE} characters; choose a longer one."
            )
        key = Ed25519PrivateKey.generate()
        content = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(self._passphrase.encode())
        )
        path = self._path(self.folders[0], name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError as error:
            raise UserError(f"{path}: there is a key already; name another folder.") from error
        except OSError as error:
            raise UserError(
                f"{path}: the key cannot be written ({error.strerror}); name another folder."
            ) from error
        return CryptoSigner(key)

    def require_free(self, name: str) -> None:
        """Raises `UserError` where `make` would find a key of that name."""
        path = self._path(self.folders[0], name)
        if path.exists():
            raise UserError(f"{path}: there is a key already; name another folder.")

    def forget(self, name: str) -> None:
        """Of a key that `make` has made and that has signed nothing which anybody was given."""
        self._path(self.folders[0], name).unlink(missing_ok=True)

    def find(self, name: str) -> CryptoSigner | None:
        """None where no folder holds it. Raises `UserError` where it cannot be opened."""
        for folder in self.folders:
            path = self._path(folder, name)
            if path.is_file():
                return self._open(path)
        return None

    def get(self, name: str) -> CryptoSigner:
        """Raises `UserError` where no folder holds it."""
        signer = self.find(name)
        if signer is None:
            folders = ", ".join(str(folder) for folder in self.folders)
            raise UserError(f"{folders}: there is no key {name}.pem; name its folder.")
        return signer

    def retire(self, name: str) -> None:
        """Give the name free for a new key; the old file stays beside it."""
        for folder in self.folders:
            path = self._path(folder, name)
            if path.is_file():
                number = 1
                while path.with_suffix(f".retired-{number}").exists():
                    number += 1
                path.rename(path.with_suffix(f".retired-{number}"))

    def _open(self, path: Path) -> CryptoSigner:
        try:
            if path.stat().st_mode & 0o077:
                raise UserError(f"{path}: others can read this key; run `chmod 600 {path}`.")
            key = load_pem_private_key(path.read_bytes(), self._passphrase.encode())
        except OSError as error:
            raise UserError(f"{path}: the key cannot be read ({error.strerror}).") from error
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{path}: the passphrase does not open this key, or it is no encrypted PEM file."
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise UserError(f"{path}: this is no Ed25519 key.")
        return CryptoSigner(key)

    @staticmethod
    def _path(folder: Path, name: str) -> Path:
        return folder / f"{name}.pem"
