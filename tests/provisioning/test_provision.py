"""The way of a certificate: made or asked for, accepted, renewed, taken back; and what mistakes are told."""

from __future__ import annotations

import gzip
import shutil
import tarfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge_app.configuration.load import load_settings
from edge_app.errors import UserError
from edge_app.settings import UnitSettings
from firmware_configs.provisioning.acceptance import LARGEST_BYTES
from firmware_configs.provisioning.authority import Role, common_name
from firmware_configs.provisioning.fleet import Fleet, make_fleet
from firmware_configs.provisioning.fleet_settings import IDENTITY, fleet_settings
from firmware_configs.provisioning.vehicle_parcel import parcel_for
from tests.provisioning.fleet_folder import run_provision as provision

NOW = datetime.now(timezone.utc).replace(microsecond=0)


def loaded(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def states(fleet: Path, identity: str) -> list[str]:
    return [one.state(NOW) for one in Fleet(fleet).of(identity)]


def fingerprint_in(output: str) -> str:
    return output.rpartition("fingerprint of the key: ")[2].strip()


def test_a_vehicles_certificate_says_what_it_may_and_no_more(fleet: Path) -> None:
    own, above = loaded(fleet / "vehicles/van-07/vehicle.pem"), loaded(fleet / "authority/ca.pem")
    extension = own.extensions.get_extension_for_class
    assert common_name(own) == "van-07"
    assert not extension(x509.BasicConstraints).value.ca
    assert list(extension(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    usage = extension(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    identifier = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert extension(x509.AuthorityKeyIdentifier).value.key_identifier == identifier
    key = own.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert isinstance(own.signature_hash_algorithm, hashes.SHA256)
    assert own.serial_number.bit_length() > 120
    assert own.not_valid_before_utc < NOW - timedelta(hours=23)
    own.verify_directly_issued_by(above)


def test_broker_and_authority_hold_for_a_unit_whose_clock_is_weeks_behind(fleet: Path) -> None:
    for name in ("broker/server.pem", "authority/ca.pem"):
        assert loaded(fleet / name).not_valid_before_utc <= NOW - timedelta(days=29)


def test_nothing_outlives_the_authority(tmp_path: Path) -> None:
    settings = fleet_settings(
        name="Old", hosts=("127.0.0.1",), authority_days=3650, vehicle_days=365
    )
    made = make_fleet(tmp_path / "old", settings, None, NOW - timedelta(days=3600))
    provision("vehicle", "van-07", "--fleet", tmp_path / "old")
    end = loaded(tmp_path / "old/vehicles/van-07/vehicle.pem").not_valid_after_utc
    assert end == made.certificate.not_valid_after_utc


def test_the_snippet_is_a_configuration_of_the_vehicle(fleet: Path) -> None:
    settings = load_settings(fleet / "vehicles/van-07/vigil.yaml", [])
    assert settings.unit.vehicle_id == "van-07"
    assert settings.telemetry.tls is not None
    assert settings.telemetry.tls.key_file == Path("/etc/vigil/tls/vehicle.key")
    assert settings.telemetry.protocol == "5"


def test_an_identity_is_what_the_vehicle_takes_for_its_id() -> None:
    pattern = UnitSettings.model_json_schema()["properties"]["vehicle_id"]["pattern"]
    assert pattern == f"^{IDENTITY.pattern}$"


@pytest.mark.parametrize("identity", ["a/b", "+", "#", "", "a b", "ä", "a" * 65, ".hidden", "a\n"])
def test_an_id_that_is_no_level_of_a_topic_is_refused(fleet: Path, identity: str) -> None:
    with pytest.raises(UserError, match="cannot be part of a topic"):
        provision("vehicle", "--fleet", fleet, "--", identity)
    with pytest.raises(UserError, match="cannot be part of a topic"):
        provision("request", "--folder", fleet / "unit", "--", identity)


@pytest.mark.parametrize("identity", ["fleet", "broker"])
def test_no_vehicle_bears_the_name_of_a_reader_or_the_broker(fleet: Path, identity: str) -> None:
    with pytest.raises(UserError, match="name of a reader or of the broker"):
        provision("vehicle", identity, "--fleet", fleet)


def test_a_reader_cannot_take_a_vehicles_name(fleet: Path) -> None:
    with pytest.raises(UserError, match="van-07 is a vehicle of this fleet"):
        provision("broker", "--fleet", fleet, "--reader", "van-07")


def test_a_name_cannot_smuggle_a_line_into_the_brokers_configuration(tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    provision("fleet", folder, "--name", "A\nallow_anonymous true", "--host", "127.0.0.1")
    lines = (folder / "broker/vigil.conf").read_text().splitlines()
    assert "allow_anonymous true" not in lines
    for words in (["--host", "a\nb"], ["--host", "ok", "--broker-folder", "/a\nb"]):
        with pytest.raises(UserError):
            provision("fleet", tmp_path / "other", "--name", "A", *words)
    assert not (tmp_path / "other").exists()


def test_a_key_made_in_the_vehicle_never_leaves_it(fleet: Path, tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    shown = fingerprint_in(provision("request", "van-09", "--folder", unit))
    with pytest.raises(UserError, match="is not known yet"):
        provision("sign", unit / "vehicle.csr", "--fleet", fleet)
    with pytest.raises(UserError, match="nothing was signed"):
        provision("sign", unit / "vehicle.csr", "--fleet", fleet, "--fingerprint", "00:11")
    provision("sign", unit / "vehicle.csr", "--fleet", fleet, "--fingerprint", shown.upper())
    provision("accept", fleet / "vehicles/van-09", "--folder", unit)
    secret = (unit / "vehicle.key").read_bytes()
    assert secret not in [file.read_bytes() for file in fleet.rglob("*") if file.is_file()]
    assert loaded(unit / "vehicle.pem").public_key() == _key(unit / "vehicle.key").public_key()


def _key(file: Path) -> Any:
    return serialization.load_pem_private_key(file.read_bytes(), None)


def test_a_known_key_is_renewed_by_request_without_another_look(
    fleet: Path, tmp_path: Path
) -> None:
    unit = tmp_path / "unit"
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    provision("request", "van-07", "--folder", unit)
    provision("sign", unit / "vehicle.csr", "--fleet", fleet)
    before = (unit / "vehicle.pem").read_bytes()
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    assert (unit / "vehicle.pem").read_bytes() != before
    assert states(fleet, "van-07") == ["renewed", "valid"]


def test_a_new_key_waits_beside_the_old_one_until_its_certificate_comes(
    fleet: Path, tmp_path: Path
) -> None:
    unit = tmp_path / "unit"
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    old = (unit / "vehicle.key").read_bytes()
    first = provision("request", "van-07", "--folder", unit, "--new-key")
    assert provision("request", "van-07", "--folder", unit, "--new-key") == first
    assert (unit / "vehicle.key").read_bytes() == old
    new = (unit / "next.key").read_bytes()
    shown = fingerprint_in(first)
    provision("sign", unit / "vehicle.csr", "--fleet", fleet, "--fingerprint", shown)
    for _ in range(2):  # as after a power cut in between
        provision("accept", fleet / "vehicles/van-07", "--folder", unit)
        assert (unit / "vehicle.key").read_bytes() == new
    assert not (unit / "next.key").exists()


def test_another_vehicles_certificate_is_not_accepted(fleet: Path, tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    other = Path(shutil.copytree(fleet / "vehicles/van-08", tmp_path / "other"))
    (other / "vehicle.key").unlink()
    before = {file: file.read_bytes() for file in unit.iterdir()}
    with pytest.raises(UserError, match="belongs to no key"):
        provision("accept", other, "--folder", unit)
    assert {file: file.read_bytes() for file in unit.iterdir()} == before


def test_a_parcel_of_another_authority_is_not_accepted_beside_the_one_that_is_believed(
    fleet: Path, tmp_path: Path
) -> None:
    """For the vehicle's own key: a thief of its certificate has all that this takes."""
    unit, forged = tmp_path / "unit", tmp_path / "forged"
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    provision("fleet", tmp_path / "thief", "--name", "Acme", "--host", "127.0.0.1")
    thief = Fleet(tmp_path / "thief")
    key = loaded(unit / "vehicle.pem").public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    certificate = thief.issue(thief.authority(None), key, "van-07", Role.VEHICLE, NOW)
    parcel_for(thief, certificate).update_folder(forged)
    before = {file: file.read_bytes() for file in unit.iterdir()}
    with pytest.raises(UserError, match="comes from another authority"):
        provision("accept", forged, "--folder", unit)
    assert {file: file.read_bytes() for file in unit.iterdir()} == before


def test_a_parcel_leads_to_no_file_outside_it(fleet: Path, tmp_path: Path) -> None:
    secret = tmp_path / "shadow"
    secret.write_text("root:secret")
    parcel = Path(shutil.copytree(fleet / "vehicles/van-07", tmp_path / "parcel"))
    (parcel / "vigil.yaml").unlink()
    (parcel / "vigil.yaml").symlink_to(secret)
    provision("accept", parcel, "--folder", tmp_path / "unit")
    assert not (tmp_path / "unit" / "vigil.yaml").exists()
    (parcel / "ca.pem").write_bytes(bytes(LARGEST_BYTES + 1))
    with pytest.raises(UserError, match=r"has no ca\.pem"):
        provision("accept", parcel, "--folder", tmp_path / "unit")


@pytest.mark.parametrize("damage", ["cut", "zipped", "odd header"])
def test_a_tar_that_is_none_is_one_sentence(fleet: Path, tmp_path: Path, damage: str) -> None:
    tar = tmp_path / "van-09.tar"
    provision("vehicle", "van-09", "--fleet", fleet, "--tar", tar)
    content = tar.read_bytes()
    if damage == "odd header":
        header = tarfile.TarInfo("x")
        header.type, header.size = tarfile.XHDTYPE, 20
        content = header.tobuf() + b"20 size=nonsense...\n".ljust(512, b"\0") + content
    tar.write_bytes(
        {"cut": content[:700], "zipped": gzip.compress(content)[:-30]}.get(damage, content)
    )
    with pytest.raises(UserError, match=r"is not a readable tar|has no"):
        provision("accept", tar, "--folder", tmp_path / "unit")


def test_a_request_must_be_whole_of_the_right_kind_and_own_its_key(
    fleet: Path, tmp_path: Path
) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "van-09")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    weak = builder.sign(ec.generate_private_key(ec.SECP192R1()), hashes.SHA256())
    good = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    forged = bytearray(good.public_bytes(serialization.Encoding.DER))
    forged[-1] ^= 1
    stolen = x509.load_der_x509_csr(bytes(forged))
    file = tmp_path / "vehicle.csr"
    for request, said in ((weak, "not ECDSA P-256"), (stolen, "was not signed with the key")):
        file.write_bytes(request.public_bytes(serialization.Encoding.PEM))
        with pytest.raises(UserError, match=said):
            provision("sign", file, "--fleet", fleet)
    file.write_text("nothing")
    with pytest.raises(UserError, match="is not a signing request"):
        provision("sign", file, "--fleet", fleet)


def test_what_a_request_asks_beyond_its_key_is_ignored(fleet: Path, tmp_path: Path) -> None:
    key = _key(fleet / "vehicles/van-07/vehicle.key")
    greedy = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(
            x509.Name(
                [
                    x509.NameAttribute(x509.NameOID.COMMON_NAME, "van-07"),
                    x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "broker"),
                ]
            )
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("broker")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "vehicle.csr"
    file.write_bytes(greedy.public_bytes(serialization.Encoding.PEM))
    provision("sign", file, "--fleet", fleet)
    signed = loaded(fleet / "vehicles/van-07/vehicle.pem")
    assert not signed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    with pytest.raises(x509.ExtensionNotFound):
        signed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert Fleet(fleet).of("van-07")[-1].role is Role.VEHICLE


def test_renewal_needs_no_key_in_the_office_and_is_not_done_too_early(fleet: Path) -> None:
    shutil.rmtree(fleet / "vehicles/van-07")
    assert "nothing to do" in provision("renew", "van-07", "--fleet", fleet)
    provision("renew", "van-07", "--fleet", fleet, "--within", "400")
    assert sorted(file.name for file in (fleet / "vehicles/van-07").iterdir()) == [
        *("ca.pem", "vehicle.pem", "vigil.yaml"),
    ]
    first, second = Fleet(fleet).of("van-07")
    assert first.certificate.public_key() == second.certificate.public_key()


def test_revoking_takes_back_every_certificate_of_the_vehicle_and_no_other(fleet: Path) -> None:
    provision("renew", "van-07", "--fleet", fleet, "--within", "400")
    assert "2 certificate(s) revoked" in provision("revoke", "van-07", "--fleet", fleet)
    assert "was revoked before" in provision("revoke", "van-07", "--fleet", fleet)
    assert states(fleet, "van-07") == ["revoked", "revoked"]
    assert states(fleet, "van-08") == ["valid"]
    for refused in ("renew", "revoke"):
        with pytest.raises(UserError):
            provision(refused, "van-77", "--fleet", fleet)
    with pytest.raises(UserError, match="was revoked"):
        provision("renew", "van-07", "--fleet", fleet)


def test_a_revoked_key_is_never_certified_again_and_a_new_one_is(
    fleet: Path, tmp_path: Path
) -> None:
    unit = tmp_path / "unit"
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    provision("revoke", "van-07", "--fleet", fleet)
    shown = fingerprint_in(provision("request", "van-07", "--folder", unit))
    with pytest.raises(UserError, match="This key of van-07 was revoked"):
        provision("sign", unit / "vehicle.csr", "--fleet", fleet, "--fingerprint", shown)
    provision("vehicle", "van-07", "--fleet", fleet)
    assert states(fleet, "van-07") == ["revoked", "valid"]


def test_a_revoked_key_is_certified_under_no_other_name_either(fleet: Path, tmp_path: Path) -> None:
    unit = tmp_path / "unit"
    provision("accept", fleet / "vehicles/van-07", "--folder", unit)
    provision("revoke", "van-07", "--fleet", fleet)
    (unit / "vehicle.pem").unlink()  # so that the request is made at all
    shown = fingerprint_in(provision("request", "van-09", "--folder", unit))
    with pytest.raises(UserError, match="was revoked as that of van-07"):
        provision("sign", unit / "vehicle.csr", "--fleet", fleet, "--fingerprint", shown)
    assert states(fleet, "van-09") == []


def test_an_expired_and_lost_key_can_still_be_revoked(tmp_path: Path) -> None:
    settings = fleet_settings(name="Acme", hosts=("127.0.0.1",), vehicle_days=30)
    made = make_fleet(tmp_path / "fleet", settings, None, NOW - timedelta(days=90))
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    made.issue(made.authority(None), key, "van-07", Role.VEHICLE, NOW - timedelta(days=60))
    assert states(made.folder, "van-07") == ["expired"]
    provision("revoke", "van-07", "--fleet", made.folder)
    with pytest.raises(UserError, match="was revoked"):
        provision("renew", "van-07", "--fleet", made.folder)


def test_a_forged_revocation_list_is_noticed(fleet: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    provision("fleet", other, "--name", "Acme", "--host", "127.0.0.1")
    shutil.copy(other / "authority/crl.pem", fleet / "authority/crl.pem")
    with pytest.raises(UserError, match="was not signed by the authority"):
        provision("list", "--fleet", fleet)


def test_the_list_names_every_certificate_with_its_state(fleet: Path) -> None:
    provision("renew", "van-07", "--fleet", fleet, "--within", "400")
    provision("revoke", "van-08", "--fleet", fleet)
    rows = [line.split() for line in provision("list", "--fleet", fleet).splitlines()]
    table = [(row[0], row[2]) for row in rows[1:-1]]
    assert table == [
        *(("broker", "valid"), ("fleet", "valid")),
        *(("van-07", "renewed"), ("van-07", "valid"), ("van-08", "revoked")),
    ]


def test_a_second_reader_gets_a_certificate_and_rules(fleet: Path) -> None:
    provision("broker", "--fleet", fleet, "--reader", "dashboard")
    assert common_name(loaded(fleet / "readers/dashboard/reader.pem")) == "dashboard"
    assert "user dashboard" in (fleet / "broker/acl").read_text()


def test_a_folder_without_a_fleet_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no fleet"):
        provision("list", "--fleet", tmp_path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--vehicle-days", "4000"),
            "--vehicle-days: vehicle_days is 4000: no certificate outlives",
        ),
        (("--vehicle-days", "0"), "--vehicle-days: vehicle_days is 0 but must be a whole number"),
        (("--port", "0"), "--port: port is 0 but must be a whole number from 1 to 65535"),
        (("--host", "a b"), "--host: hosts: 'a b' is neither a host name nor an address"),
        (("--reader", "a/b"), "--reader: readers: the reader's name 'a/b' is not 1 to 64"),
        (("--broker-folder", "here"), "--broker-folder: broker_folder is"),
        (("--name", ""), "--name: name is"),
    ],
)
def test_a_wrong_option_is_named_with_what_it_may_be(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        provision("fleet", tmp_path / "fleet", "--name", "Acme", "--host", "127.0.0.1", *words)
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)
    assert not (tmp_path / "fleet").exists()


def test_a_port_of_none_is_not_taken_for_the_one_so_far(fleet: Path) -> None:
    with pytest.raises(UserError, match="--port: port is 0"):
        provision("broker", "--fleet", fleet, "--port", "0")


def test_days_before_today_are_no_span_of_renewal(fleet: Path) -> None:
    with pytest.raises(AssertionError, match=r"--within"):
        provision("renew", "van-07", "--fleet", fleet, "--within", "-5")


def test_a_folder_in_place_of_a_passphrase_is_called_one(tmp_path: Path) -> None:
    words = ("--name", "Acme", "--host", "127.0.0.1", "--passphrase-file", tmp_path)
    with pytest.raises(UserError, match=f"{tmp_path} is a folder; name the file in it"):
        provision("fleet", tmp_path / "fleet", *words)


def test_no_certificate_is_issued_for_a_key_that_cannot_be_written(
    fleet: Path, tmp_path: Path
) -> None:
    before = provision("list", "--fleet", fleet)
    with pytest.raises(UserError, match=r"x\.tar cannot be written"):
        provision("vehicle", "van-09", "--fleet", fleet, "--tar", tmp_path / "none" / "x.tar")
    assert provision("list", "--fleet", fleet) == before
    provision("vehicle", "van-09", "--fleet", fleet, "--tar", tmp_path / "x.tar")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".x")] == []


def test_a_revocation_that_does_not_reach_the_brokers_list_says_so_and_can_be_repeated(
    fleet: Path,
) -> None:
    (fleet / "broker" / "crl.pem").unlink()
    (fleet / "broker" / "crl.pem").mkdir()
    with pytest.raises(UserError, match="van-07 is revoked in the register, but"):
        provision("revoke", "van-07", "--fleet", fleet)
    assert states(fleet, "van-07") == ["revoked"]
    (fleet / "broker" / "crl.pem").rmdir()
    assert "was revoked before" in provision("revoke", "van-07", "--fleet", fleet)
    assert (fleet / "broker/crl.pem").read_bytes() == (fleet / "authority/crl.pem").read_bytes()


def test_no_request_is_made_with_the_key_of_another_vehicle(fleet: Path, tmp_path: Path) -> None:
    own = tmp_path / "tls"
    provision("accept", fleet / "vehicles" / "van-07", "--folder", own)
    with pytest.raises(UserError, match="key and certificate of van-07, not of van-08"):
        provision("request", "van-08", "--folder", own)
    assert not (own / "vehicle.csr").exists()
    provision("request", "van-07", "--folder", own)
    assert (own / "vehicle.csr").exists()
