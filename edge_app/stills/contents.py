"""What is sealed: a ZIP archive of still.json and one JPEG for each picture, small enough for one MQTT message."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edge_app.stills.picture import Picture, jpeg, obscured

MOST_BYTES = 99_000  # with seal and topic below the 100 kB that every broker takes
DESCRIPTION = "still.json"
_PICTURE = re.compile(r"[1-9]\.jpg")
_QUALITIES = (80, 65, 50, 35)
# RecursionError, of JSON nested too deep, is a RuntimeError.
_UNREADABLE = (
    *(zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError),
    *(EOFError, OSError, struct.error),
)
_MOST_BYTES_OPENED = 400_000  # anybody can seal for the office, also what is no still


class NoStillError(Exception):
    """What was sealed is no still."""


@dataclass(frozen=True, slots=True)
class Contents:
    """description: what still.json says. pictures: JPEGs by name, in order of time."""

    description: dict[str, Any]
    pictures: dict[str, bytes]


def packed(description: dict[str, Any], pictures: Sequence[Picture]) -> bytes:
    """As good as fits; then without the earliest pictures. Raises ValueError where not even one fits."""
    veiled = [obscured(picture) for picture in pictures]
    for first in range(len(pictures)):
        for quality in _QUALITIES:
            encoded = {
                f"{number}.jpg": jpeg(luma, quality)
                for number, luma in enumerate(veiled[first:], start=1)
            }
            times = [round(picture.t_s, 3) for picture in pictures[first:]]
            archive = _zipped({**description, "pictures_t_s": times}, encoded)
            if len(archive) <= MOST_BYTES:
                return archive
    raise ValueError(f"no picture fits into {MOST_BYTES} bytes")


def unpacked(archive: bytes) -> Contents:
    """Raises `NoStillError`. Nothing else than small files with the names of a still is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as box:
            members = box.infolist()
            if sum(member.file_size for member in members) > _MOST_BYTES_OPENED:
                raise NoStillError("it is larger than any still")
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise NoStillError("it is packed as no unit packs")
            pictures = {
                member.filename: box.read(member)
                for member in members
                if _PICTURE.fullmatch(member.filename)
            }
            description = json.loads(box.read(DESCRIPTION))
    except _UNREADABLE as error:
        raise NoStillError(str(error)) from error
    if not isinstance(description, dict) or not pictures:
        raise NoStillError("it holds no picture")
    return Contents(description, dict(sorted(pictures.items())))


def _zipped(description: dict[str, Any], pictures: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as box:
        for name, content in ((DESCRIPTION, json.dumps(description).encode()), *pictures.items()):
            # Its own date would be the wall clock's, right or wrong.
            box.writestr(zipfile.ZipInfo(name), content)
    return sink.getvalue()
