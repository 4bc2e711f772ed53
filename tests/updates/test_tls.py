"""A server that asks for the vehicle's certificate, over real TLS."""

from __future__ import annotations

import shutil
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge_app.errors import UserError
from edge_app.telemetry.settings import TlsSettings
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.fetcher import ResumingFetcher
from edge_app.updates.source import INCOMING, SignedSource
from tests.updates.fleet import Fleet, Vehicle, synchronised, today


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        return


def certified(folder: Path, name: str, issuer: Path | None = None) -> Path:
    """`<name>.crt` and `<name>.key`, signed by the issuer's of the same kind, or by themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signing, by = key, own
    if issuer is not None:
        signing = load_pem_private_key(issuer.with_suffix(".key").read_bytes(), None)  # type: ignore[assignment]
        by = x509.load_pem_x509_certificate(issuer.read_bytes()).subject
    certificate = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today(-1))
        .not_valid_after(today() + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(signing, hashes.SHA256())
    )
    path = folder / f"{name}.crt"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return certified(tmp_path, "authority")


@pytest.fixture
def secure(fleet: Fleet, authority: Path, tmp_path: Path) -> Iterator[Vehicle]:
    """A vehicle of a fleet whose server takes only those whom the authority has certified."""
    server = certified(tmp_path, "server", authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server, server.with_suffix(".key"))
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    handler = partial(Quiet, directory=str(fleet.folder / "repository"))
    root = tmp_path / "root.json"
    shutil.copy(fleet.metadata / "1.root.json", root)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.handle_error = lambda *ignored: None  # type: ignore[method-assign]
        running.socket = context.wrap_socket(running.socket, server_side=True)
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Vehicle(tmp_path / "vehicle", f"https://127.0.0.1:{running.server_port}", root)
        finally:
            running.shutdown()
            thread.join()


def look(vehicle: Vehicle, tls: TlsSettings | None) -> str:
    settings = vehicle.settings.model_copy(update={"tls": tls})
    fetcher = ResumingFetcher(settings, vehicle.folder / INCOMING)
    return SignedSource(settings, fetcher, synchronised).channel().releases[0].title


def test_vehicle_with_its_certificate_is_served(
    secure: Vehicle, authority: Path, tmp_path: Path
) -> None:
    own = certified(tmp_path, "vehicle-7", authority)
    tls = TlsSettings(ca_file=authority, certificate_file=own, key_file=own.with_suffix(".key"))
    assert look(secure, tls) == "tiny 1.0.0"


def test_vehicle_without_a_certificate_is_not(secure: Vehicle, authority: Path) -> None:
    with pytest.raises(UpdateError) as caught:
        look(secure, TlsSettings(ca_file=authority))
    assert caught.value.why in (Why.UNREACHABLE, Why.BROKEN_OFF)


def test_server_of_another_authority_is_not_asked_further(secure: Vehicle, tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match="certificate") as caught:
        look(secure, TlsSettings(ca_file=certified(tmp_path, "stranger")))
    assert caught.value.why is Why.UNREACHABLE


def test_certificates_that_cannot_be_read_are_one_sentence(secure: Vehicle, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"updates\.tls"):
        look(secure, TlsSettings(ca_file=tmp_path / "none.crt"))


def test_closed_key_is_one_sentence_and_no_question_at_the_terminal(
    secure: Vehicle, authority: Path, tmp_path: Path
) -> None:
    own = certified(tmp_path, "vehicle-7", authority)
    key = load_pem_private_key(own.with_suffix(".key").read_bytes(), None)
    closed = BestAvailableEncryption(b"secret")
    own.with_suffix(".key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closed)
    )
    tls = TlsSettings(ca_file=authority, certificate_file=own, key_file=own.with_suffix(".key"))
    with pytest.raises(UserError, match=r"updates\.tls\.certificate_file .* unencrypted"):
        look(secure, tls)
