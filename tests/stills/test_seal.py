"""Nothing of a still can be read without the office's key, and nothing that was changed opens."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_app.stills.contents import MOST_BYTES, NoStillError, packed, unpacked
from edge_app.stills.header import HEADER_BYTES
from edge_app.stills.sealing import Recipient, SealError, opened, read_recipient
from tests.stills.noise_pictures import NAME, noise_pictures


def test_it_opens_with_the_offices_key(sealed: bytes, office_key: Any) -> None:
    header, plain = opened(sealed, office_key)
    still = unpacked(plain)
    assert (header.name, header.dated_s) == (NAME, 1_796_000_000)
    assert still.description["vehicle"] == "car-1"
    assert sorted(still.pictures) == ["1.jpg", "2.jpg", "3.jpg"]


def test_nothing_of_it_can_be_read(sealed: bytes) -> None:
    for mark in (b"\xff\xd8\xff", b"JFIF", b"PK\x03\x04", b"still.json", b"microsleep", b"car-1"):
        assert mark not in sealed
    body = np.frombuffer(sealed[HEADER_BYTES:], np.uint8)
    counts = np.bincount(body, minlength=256) / len(body)
    assert -np.sum(counts * np.log2(counts)) > 7.98  # bits a byte: noise


def test_another_key_opens_nothing(sealed: bytes) -> None:
    with pytest.raises(SealError, match="another key"):
        opened(sealed, X25519PrivateKey.generate())


def test_the_unit_cannot_open_what_it_sealed(sealed: bytes, office: Path) -> None:
    key = read_recipient(office / "stills.pub").key
    assert not hasattr(key, "exchange")
    stolen = X25519PrivateKey.from_private_bytes(key.public_bytes_raw())
    with pytest.raises(SealError):
        opened(sealed, stolen)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(min_value=0), flip=st.integers(1, 255), cut=st.booleans())
def test_one_changed_byte_and_it_does_not_open(
    sealed: bytes, office_key: Any, place: int, flip: int, cut: bool
) -> None:
    where = place % len(sealed)
    changed = bytearray(sealed)
    changed[where] ^= flip
    with pytest.raises(SealError):
        opened(sealed[:where] if cut else bytes(changed), office_key)


def test_the_same_still_never_looks_the_same_twice(office: Path) -> None:
    recipient = read_recipient(office / "stills.pub")
    first, second = (recipient.sealed(NAME, 1.0, b"x" * 1000)[HEADER_BYTES:] for _ in range(2))
    assert first != second


def test_pictures_that_are_too_large_are_made_to_fit() -> None:
    archive = packed({}, noise_pictures(3, 640))  # noise: the worst there is
    assert len(archive) <= MOST_BYTES
    assert 1 <= len(unpacked(archive).pictures) <= 3


@pytest.mark.parametrize("plain", [b"", b"PK\x03\x04 no", b"x" * 500])
def test_what_is_no_still_is_refused_though_sealed_for_the_office(plain: bytes) -> None:
    with pytest.raises(NoStillError):
        unpacked(plain)


def test_an_archive_that_unpacks_to_more_than_a_still_is_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("still.json", "{}")
        box.writestr("1.jpg", bytes(50_000_000))
    with pytest.raises(NoStillError, match="larger"):
        unpacked(sink.getvalue())


def test_a_recipient_is_told_from_another_by_eight_bytes() -> None:
    a, b = (Recipient(X25519PrivateKey.generate().public_key()) for _ in range(2))
    assert a.key_id != b.key_id and len(a.key_id) == 8


@pytest.mark.parametrize("damage", ["deflated", "nested"])
def test_what_anybody_sealed_opens_or_is_told_and_never_crashes(damage: str) -> None:
    """A picture packed by an algorithm that fails half-way; a description nested deeper than can be read."""
    sink = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if damage == "deflated" else zipfile.ZIP_STORED
    with zipfile.ZipFile(sink, "w", method) as box:
        box.writestr("still.json", "{}" if damage == "deflated" else "[" * 200_000)
        box.writestr("1.jpg", bytes(range(256)) * 8)
    archive = bytearray(sink.getvalue())
    if damage == "deflated":
        place = archive.index(b"1.jpg") + len(b"1.jpg")
        archive[place : place + 8] = b"\xff" * 8
    with pytest.raises(NoStillError):
        unpacked(bytes(archive))
