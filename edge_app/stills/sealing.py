"""The seal: HPKE (RFC 9180) for the office's X25519 key, so that the unit cannot open what it has sealed itself.

A sealed still is a header in the clear (what it is, for which key, its name, since when it is kept) and the
ciphertext. The header is bound to the ciphertext: who changes one byte of either has nothing that opens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from edge_app.errors import UserError
from edge_app.stills.header import Header

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class SealError(Exception):
    """It does not open: changed, or sealed for another key."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom stills are sealed for."""

    key: X25519PublicKey

    @property
    def key_id(self) -> bytes:
        return key_id(self.key)

    def sealed(self, name: str, dated_s: float, plain: bytes) -> bytes:
        """name: 32 hexadecimal digits. dated_s: Unix time that is not later than now."""
        header = Header(self.key_id, name, max(0, int(dated_s))).encoded()
        return header + _SUITE.encrypt(plain, self.key, info=header)


def read_recipient(file: Path) -> Recipient:
    """Raises UserError; also for a private key, which has no business in a vehicle."""
    try:
        pem = file.expanduser().read_bytes()
    except OSError as error:
        raise UserError(
            f"{file}: the office's public key cannot be read ({(error.strerror or str(error)).lower()}); change"
            " event_stills.recipient_file, or switch event_stills.enabled off."
        ) from error
    if b"PRIVATE KEY" in pem:
        raise UserError(
            f"{file} is a private key, which must not be in a vehicle; delete it here and set"
            " event_stills.recipient_file to the public one (stills.pub)."
        )
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise UserError(_no_key(file)) from error
    if not isinstance(key, X25519PublicKey):
        raise UserError(_no_key(file))
    return Recipient(key)


def _no_key(file: Path) -> str:
    return (
        f"{file} is not a public key for stills; make one in the office with `vigil stills keys` and copy its"
        " stills.pub here."
    )


def key_id(key: X25519PublicKey) -> bytes:
    """8 bytes by which a key is told from another."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:8]


def opened(sealed: bytes, key: X25519PrivateKey) -> tuple[Header, bytes]:
    """The header and what was sealed. Raises `SealError`."""
    try:
        header = Header.decoded(sealed)
    except ValueError as error:
        raise SealError(str(error)) from error
    if header.key_id != key_id(key.public_key()):
        raise SealError(f"it is sealed for another key ({header.key_id.hex()})")
    rest = sealed[len(header.encoded()) :]
    try:
        return header, _SUITE.decrypt(rest, key, info=header.encoded())
    except (InvalidTag, ValueError) as error:
        raise SealError("it was changed after it was sealed, or is not whole") from error
