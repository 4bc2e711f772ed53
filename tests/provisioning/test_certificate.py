"""What the unit reads of its own certificate, without the package cryptography, against that package."""

from __future__ import annotations

import logging
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.errors import UserError
from edge_app.telemetry.certificate import expiry_sentence, read_certificate
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.credentials import (
    CERTIFICATE_EXPIRES,
    REFRESH_S,
    REMIND_S,
    CredentialSource,
)
from firmware_configs.provisioning.authority import certificate_pem
from firmware_configs.provisioning.fleet import Fleet
from tests.provisioning.fleet_folder import settings_of

DAY = timedelta(days=1)
KEYS = {
    "ecdsa": ec.generate_private_key(ec.SECP256R1()),
    "rsa": rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def certificate(
    kind: str, name: str | None, begin: datetime, end: datetime, padding: str = "x"
) -> bytes:
    names = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, padding)]
    if name is not None:
        names.append(x509.NameAttribute(x509.NameOID.COMMON_NAME, name))
    key = KEYS[kind]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name(names))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .sign(key, None if kind == "ed25519" else hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(KEYS)),
    name=st.none()
    | st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=64),
    begin=st.datetimes(datetime(1960, 1, 1), datetime(2090, 1, 1)).map(
        lambda when: when.replace(microsecond=0)
    ),
    days=st.integers(1, 20_000),
    padding=st.text(st.characters(min_codepoint=65, max_codepoint=90), min_size=1, max_size=64),
)
def test_name_and_times_are_what_cryptography_reads(
    tmp_path_factory: Any, kind: str, name: str | None, begin: datetime, days: int, padding: str
) -> None:
    file = tmp_path_factory.mktemp("pem") / "one.pem"
    begin, end = begin.replace(tzinfo=timezone.utc), begin.replace(tzinfo=timezone.utc) + days * DAY
    file.write_bytes(certificate(kind, name, begin, end, padding))
    read = read_certificate(file)
    assert read.common_name == name
    assert read.not_before_s == begin.timestamp()
    assert read.not_after_s == end.timestamp()


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.integers(0, 1000))
def test_a_damaged_certificate_is_a_sentence_or_a_certificate_never_a_crash(
    tmp_path_factory: Any, place: int, value: int, cut: int
) -> None:
    import base64

    now = datetime(2026, 12, 1, tzinfo=timezone.utc)
    lines = certificate("ecdsa", "van-07", now, now + DAY).splitlines()
    der = bytearray(base64.b64decode(b"".join(lines[1:-1])))
    der[place % len(der)] = value
    body = base64.encodebytes(bytes(der[: len(der) - cut % len(der)]))
    file = tmp_path_factory.mktemp("pem") / "one.pem"
    file.write_bytes(lines[0] + b"\n" + body + lines[-1] + b"\n")
    try:
        read_certificate(file)
    except UserError as error:
        assert "is not a certificate in PEM" in str(error)


def test_a_chain_begins_with_the_owners_own(tmp_path: Path) -> None:
    now = datetime(2026, 12, 1, tzinfo=timezone.utc)
    file = tmp_path / "chain.pem"
    own, above = (certificate("ecdsa", name, now, now + DAY) for name in ("van-07", "above"))
    file.write_bytes(b"some words before\n" + own + above)
    assert read_certificate(file).common_name == "van-07"


@pytest.mark.parametrize(
    ("days_left", "said"),
    [(30.5, None), (29.5, "expires on"), (-0.5, "expired on"), (400, "clock")],
)
def test_the_sentence_about_expiry_comes_in_time(
    tmp_path: Path, days_left: float, said: str | None
) -> None:
    begin = datetime(2026, 1, 1, tzinfo=timezone.utc)
    file = tmp_path / "one.pem"
    file.write_bytes(certificate("ecdsa", "van-07", begin, begin + 365 * DAY))
    read = read_certificate(file)
    wall_s = read.not_after_s - days_left * 86_400
    sentence = expiry_sentence(read, wall_s, 30.0)
    assert (sentence is None) if said is None else (said in str(sentence))


@pytest.fixture
def unit(fleet: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fleet / "vehicles" / "van-07", tmp_path / "van-07"))


def instant(folder: Path, days_left: float, after_s: float) -> Instant:
    end_s = read_certificate(folder / "vehicle.pem").not_after_s
    return Instant(after_s, end_s - days_left * 86_400, True)


def test_a_certificate_near_its_end_degrades_the_unit_and_is_told_once_a_day(
    unit: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = CredentialSource(settings_of(unit, tmp_path / "outbox.sqlite"), "van-07")
    source.refresh(instant(unit, 31, 0.0))
    assert (source.reasons, caplog.text) == ((), "")
    source.refresh(instant(unit, 29.9, REMIND_S))
    assert source.reasons == (CERTIFICATE_EXPIRES,)
    source.refresh(instant(unit, 29.8, REMIND_S + 2 * REFRESH_S))
    assert caplog.text.count("This vehicle's certificate expires on") == 1


def test_a_renewed_certificate_is_taken_up_and_ends_the_reason(
    fleet: Path, unit: Path, tmp_path: Path, provision: Any
) -> None:
    source = CredentialSource(settings_of(unit, tmp_path / "outbox.sqlite"), "van-07")
    before = source.current
    near = instant(unit, 10, 0.0)
    source.refresh(near)
    assert source.reasons == (CERTIFICATE_EXPIRES,)
    opened = Fleet(fleet)
    key = x509.load_pem_x509_certificate((unit / "vehicle.pem").read_bytes()).public_key()
    renewed = opened.authority(None).sign(
        key,  # type: ignore[arg-type]
        "van-07",
        next(one.role for one in opened.of("van-07")),
        datetime.now(timezone.utc).replace(microsecond=0),
        700 * DAY,
    )
    (unit / "new.pem").write_bytes(certificate_pem(renewed))
    (unit / "new.pem").replace(unit / "vehicle.pem")
    source.refresh(Instant(REFRESH_S / 2, near.wall_s, True))
    assert source.current is before  # not at every turn
    source.refresh(Instant(REFRESH_S, near.wall_s, True))
    assert source.current is not before
    assert source.reasons == ()


def test_a_key_without_its_certificate_yet_leaves_the_old_pair_in_use(
    unit: Path, fleet: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = CredentialSource(settings_of(unit, tmp_path / "outbox.sqlite"), "van-07")
    before = source.current
    other = fleet / "vehicles" / "van-08"
    shutil.copy(other / "vehicle.key", unit / "vehicle.key")
    for turn in range(3):
        source.refresh(instant(unit, 300, turn * REFRESH_S))
    assert source.current is before
    assert caplog.text.count("Those read before stay in use") == 1
    shutil.copy(other / "vehicle.pem", unit / "vehicle.pem")
    source.refresh(instant(unit, 300, 3 * REFRESH_S))
    assert source.current.certificate is not None
    assert source.current.certificate.common_name == "van-08"
    assert "The certificate is that of van-08, but unit.vehicle_id is van-07" in caplog.text


def test_a_key_others_may_read_is_warned_of(
    unit: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (unit / "vehicle.key").chmod(0o640)
    source = CredentialSource(settings_of(unit, tmp_path / "outbox.sqlite"), "van-07")
    source.refresh(instant(unit, 300, 0.0))
    assert f"say `chmod 600 {unit / 'vehicle.key'}`" in caplog.text
    assert caplog.records[0].levelno == logging.WARNING
