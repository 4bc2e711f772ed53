"""The fleet's certificate authority: what it signs and what it takes back. Touches no file and reads no clock.

ECDSA on P-256 with SHA-256 throughout. A certificate says either "client" or "server", so that no vehicle's can pose
as the broker. Serial numbers are random.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware_configs.provisioning.fleet_settings import is_address

# A unit without a battery-backed clock starts at the time of its last shutdown, or of its image. It judges the
# authority and the broker by that clock; the broker, whose clock is right, judges the vehicle.
BACKDATED_FOR_VEHICLES = timedelta(days=30)
BACKDATED_FOR_BROKER = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


class Role(enum.Enum):
    BROKER = "broker"
    READER = "reader"
    VEHICLE = "vehicle"


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key, passphrase: bytes | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def fingerprint(key: PublicKey) -> str:
    """Of a public key, short enough to be read out over the telephone: 16 bytes of its SHA-256."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize()[:16].hex(":", 2)


def common_name(certificate: x509.Certificate | x509.CertificateSigningRequest) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def new_authority(
    key: Key, fleet_name: str, now: datetime, validity: timedelta
) -> x509.Certificate:
    """A root that signs end certificates and revocation lists, and no further authority."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, fleet_name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED_FOR_VEHICLES)
        .not_valid_after(now + validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs in the fleet's name."""

    certificate: x509.Certificate
    key: Key

    def sign(
        self,
        key: PublicKey,
        identity: str,
        role: Role,
        now: datetime,
        validity: timedelta,
        hosts: Sequence[str] = (),
    ) -> x509.Certificate:
        """Nothing but the key is taken from who asks. Ends with the authority at the latest."""
        issuer = self.certificate
        server = role is Role.BROKER
        backdated = BACKDATED_FOR_VEHICLES if server else BACKDATED_FOR_BROKER
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        fleet = issuer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        subject = [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, str(fleet)),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role.value),
            x509.NameAttribute(NameOID.COMMON_NAME, identity),
        ]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(subject))
            .issuer_name(issuer.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(max(now - backdated, issuer.not_valid_before_utc))
            .not_valid_after(min(now + validity, issuer.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        if hosts:
            names = [_host(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def revocation_list(
        self,
        revoked: Sequence[tuple[int, datetime]],
        now: datetime,
        before: x509.CertificateRevocationList | None = None,
    ) -> x509.CertificateRevocationList:
        """All revoked (serial, when). Holds as long as the authority: a broker whose list has run out lets nobody in.

        Each is at least one second newer than `before`: who holds two lists goes by the newer one.
        """
        issued = now - BACKDATED_FOR_BROKER
        number = 1
        if before is not None:
            issued = max(issued, before.last_update_utc + timedelta(seconds=1))
            number = before.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number + 1
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(issued)
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for serial, when in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256())


def _host(host: str) -> x509.GeneralName:
    if is_address(host):
        return x509.IPAddress(ipaddress.ip_address(host))
    return x509.DNSName(host)


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
