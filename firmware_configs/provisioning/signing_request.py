"""A key that never leaves the vehicle: made there, told to the office by a signing request (CSR), certified there."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_app.errors import UserError
from firmware_configs.provisioning.authority import Key, PublicKey, common_name, key_pem, new_key
from firmware_configs.provisioning.secret_files import (
    make_private_folder,
    read_public,
    read_secret,
    write_new_secret,
    write_public,
)
from firmware_configs.provisioning.vehicle_names import CERTIFICATE, KEY, NEXT_KEY, REQUEST


def write_request(folder: Path, identity: str, *, another_key: bool) -> tuple[Path, PublicKey]:
    """Asks for the key that is there, or for a new one where there is none or `another_key` is wanted.

    A new key beside one in use waits as `next.key` until its certificate is accepted. Doing it again asks for the
    same key.
    """
    make_private_folder(folder)
    in_use = folder / KEY
    file = folder / NEXT_KEY if another_key and in_use.exists() else in_use
    if file == in_use:
        _require_not_anothers(folder, identity)
    if not file.exists():
        write_new_secret(file, key_pem(new_key()))
    key = read_key(file)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identity)])
    request = (
        x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    )
    target = folder / REQUEST
    write_public(target, request.public_bytes(serialization.Encoding.PEM))
    return target, key.public_key()


def _require_not_anothers(folder: Path, identity: str) -> None:
    """One key for two vehicles would be revoked with either."""
    certificate = folder / CERTIFICATE
    if not certificate.exists():
        return
    try:
        owner = common_name(x509.load_pem_x509_certificate(read_public(certificate)))
    except ValueError:
        return
    if owner != identity:
        raise UserError(
            f"{folder} holds the key and certificate of {owner}, not of {identity}; move them away if this unit is"
            f" {identity} from now on, or name another folder with --folder."
        )


def read_request(file: Path) -> tuple[x509.CertificateSigningRequest, PublicKey]:
    """Refuses one whose sender does not own the key, or whose key is not of the kind that is used here."""
    try:
        request = x509.load_pem_x509_csr(read_public(file))
        whole = request.is_signature_valid
        key = request.public_key()
    except ValueError as error:
        raise UserError(
            f"{file} is not a signing request in PEM; make one in the vehicle with `vigil provision request`."
        ) from error
    if not whole:
        raise UserError(
            f"{file} was not signed with the key it asks for; make it again in the vehicle with `vigil provision"
            " request`."
        )
    if not isinstance(key, PublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UserError(
            f"{file} asks for a key that is not ECDSA P-256; make it with `vigil provision request`."
        )
    return request, key


def read_key(file: Path) -> Key:
    try:
        key = serialization.load_pem_private_key(read_secret(file), None)
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{file} is not an unencrypted private key in PEM; move it away, and a new one is made."
        ) from error
    if not isinstance(key, Key):
        raise UserError(f"{file} is not an ECDSA key; move it away, and a new one is made.")
    return key
