"""What a unit has to know of its own certificate: whose it is and how long it holds.

Read with the standard library alone. `ssl` decodes a certificate only when a peer has shown it, or when it is an
authority's; the three fields that are wanted stand at fixed places of the DER encoding (RFC 5280, 4.1).
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from edge_app.errors import UserError

CERTIFICATE_EXPIRES = "certificate_expires"
DAY_S = 86_400.0
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
SEQUENCE, SET, OBJECT_IDENTIFIER, UTC_TIME, GENERALIZED_TIME = 0x30, 0x31, 0x06, 0x17, 0x18
VERSION = 0xA0
COMMON_NAME = bytes((0x55, 0x04, 0x03))
TEXT_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whose it is, and from when to when it holds (Unix time)."""

    common_name: str | None
    not_before_s: float
    not_after_s: float

    @property
    def last_day(self) -> str:
        return datetime.fromtimestamp(self.not_after_s, timezone.utc).strftime("%Y-%m-%d")

    def days_left(self, wall_s: float) -> float:
        """Negative once it has expired. A clock that is behind, as after a start without network, hides an expiry;
        it never invents one.
        """
        return (self.not_after_s - wall_s) / DAY_S


def read_certificate(file: Path) -> Certificate:
    """The first certificate of a PEM file: a chain begins with the owner's own."""
    try:
        text = file.read_text(encoding="ascii", errors="replace")
        start = text.index(BEGIN)
        pem = text[start : text.index(END, start) + len(END)]
        return _parse(ssl.PEM_cert_to_DER_cert(pem))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(f"The certificate {file} cannot be read: {why}.") from error
    except (ValueError, IndexError, StopIteration, OverflowError) as error:
        raise UserError(f"{file} is not a certificate in PEM.") from error


def expiry_sentence(certificate: Certificate, wall_s: float, warn_before_days: float) -> str | None:
    """None while there is nothing to do."""
    left = certificate.days_left(wall_s)
    if wall_s < certificate.not_before_s:
        begin = datetime.fromtimestamp(certificate.not_before_s, timezone.utc)
        return (
            f"This unit's clock is wrong: by it, the vehicle's certificate holds only from {begin:%Y-%m-%d} on; until"
            " the clock is set, the broker's may not be believed either."
        )
    if left > warn_before_days:
        return None
    if left <= 0:
        return (
            f"This vehicle's certificate expired on {certificate.last_day}, and the broker lets it in no more;"
            " renew it with `vigil provision renew`."
        )
    return (
        f"This vehicle's certificate expires on {certificate.last_day}, in {left:.0f} days; renew it with"
        " `vigil provision renew`."
    )


def _parse(der: bytes) -> Certificate:
    _, whole = next(_elements(der))
    _, to_be_signed = next(_elements(whole))
    fields = [field for field in _elements(to_be_signed) if field[0] != VERSION]
    _serial, _algorithm, _issuer, (validity_tag, validity), (subject_tag, subject) = fields[:5]
    if (validity_tag, subject_tag) != (SEQUENCE, SEQUENCE):
        raise ValueError("no certificate")
    not_before, not_after = _elements(validity)
    return Certificate(_common_name(subject), _time_s(*not_before), _time_s(*not_after))


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of each DER element side by side."""
    place = 0
    while place < len(data):
        tag, length = data[place], data[place + 1]
        place += 2
        if length >= 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4:
                raise ValueError("a length that DER does not know")
            length = int.from_bytes(data[place : place + size], "big")
            place += size
        content = data[place : place + length]
        if len(content) != length:
            raise ValueError("cut short")
        yield tag, content
        place += length


def _time_s(tag: int, content: bytes) -> float:
    text = content.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != GENERALIZED_TIME:
        raise ValueError("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()


def _common_name(subject: bytes) -> str | None:
    for _, attributes in _elements(subject):
        for _, attribute in _elements(attributes):
            (_, kind), (encoding, value) = _elements(attribute)
            if kind == COMMON_NAME:
                return (
                    value.decode(TEXT_ENCODINGS[encoding]) if encoding in TEXT_ENCODINGS else None
                )
    return None
