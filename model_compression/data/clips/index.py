"""`clips.json`: what a prepared set is, which clips it has and where their pixels lie. Written last, checked when read.

Its fingerprint is the SHA-256 of everything else in it, of which the SHA-256 of each shard of pixels is a part.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow, row_from_json
from model_compression.data.clips.whole_file import write_whole

INDEX, PREPARING, SHARDS = "clips.json", "preparing.json", "shards"
_WHAT, _FORMAT = "vigil clips", 1


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of pixels: clips one after the other, each (T, S, S, C) uint8."""

    file: str  # below the set's folder
    bytes: int
    sha256: str  # of the SHA-256s of its videos' pixels


@dataclass(frozen=True, slots=True)
class Place:
    shard: int
    offset: int  # bytes


@dataclass(frozen=True, slots=True)
class ClipIndex:
    description: Mapping[str, Any]  # kind, settings, perception, what the sources are
    classes: Mapping[str, tuple[str, ...]]
    shards: tuple[Shard, ...]
    rows: tuple[ClipRow, ...]
    places: tuple[Place, ...]
    left_out: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    frame_count: int  # in which faces were searched
    face_count: int
    _known_fingerprint: str = field(default="", init=False, compare=False, repr=False)

    @property
    def fingerprint(self) -> str:
        """Told at once of an index that was read: it was made sure of then, which takes a second in a large set."""
        return self._known_fingerprint or _fingerprint(self._values())

    def write(self, folder: Path) -> None:
        values = self._values()
        values["fingerprint"] = _fingerprint(values)
        write_whole(folder / INDEX, _text(values).encode())

    def _values(self) -> dict[str, Any]:
        return {
            "what": _WHAT,
            "format": _FORMAT,
            "description": dict(self.description),
            "classes": {task: list(names) for task, names in self.classes.items()},
            "frame_count": self.frame_count,
            "face_count": self.face_count,
            "missing": list(self.missing),
            "notes": list(self.notes),
            "left_out": [dict(one) for one in self.left_out],
            "shards": [asdict(shard) for shard in self.shards],
            "rows": [row.as_json() for row in self.rows],
            "places": [[place.shard, place.offset] for place in self.places],
        }


def read_index(folder: Path) -> ClipIndex:
    """Raises `UserError` where there is none, or it is of something else, or was changed since."""
    path = folder / INDEX
    if not path.is_file():
        raise UserError(_why_none(folder))
    with _no_collector():
        return _read(path)


def _read(path: Path) -> ClipIndex:
    try:
        values = json.loads(path.read_bytes())
        if values["what"] != _WHAT:
            raise UserError(f"{path}: is an index of something else; name a folder of clips.")
        if values["format"] != _FORMAT:
            raise UserError(
                f"{path}: is of format {values['format']} and not {_FORMAT}; prepare the clips again."
            )
        told = values.pop("fingerprint")
        if told != _fingerprint(values):
            raise UserError(f"{path}: was changed since it was written; prepare the clips again.")
        index = ClipIndex(
            description=values["description"],
            classes={task: tuple(names) for task, names in values["classes"].items()},
            shards=tuple(Shard(**shard) for shard in values["shards"]),
            rows=tuple(row_from_json(row) for row in values["rows"]),
            places=tuple(Place(*place) for place in values["places"]),
            left_out=tuple(values["left_out"]),
            missing=tuple(values["missing"]),
            notes=tuple(values["notes"]),
            frame_count=values["frame_count"],
            face_count=values["face_count"],
        )
        object.__setattr__(index, "_known_fingerprint", told)
        return index
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: is damaged; prepare the clips again.") from error


@contextmanager
def _no_collector() -> Iterator[None]:
    """Python's collector finds nothing in a million new rows, and looks for it again and again: half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _text(values: Mapping[str, Any]) -> str:
    """JSON with a line for each key, and for each row of a list: as quickly written as it is easily looked through."""
    told = []
    for key, value in values.items():
        if isinstance(value, list) and value:
            rows = ",\n".join(map(json.dumps, value))
            told.append(f"{json.dumps(key)}: [\n{rows}\n]")
        else:
            told.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(told) + "\n}\n"


def _fingerprint(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _why_none(folder: Path) -> str:
    if (folder / PREPARING).is_file():
        return f"{folder}: these clips are not finished; give the same 'vigil data prepare' again."
    if not folder.is_dir():
        return f"{folder}: there is no such folder; make it with 'vigil data prepare'."
    return f"{folder}: holds no prepared clips (no {INDEX}); make them with 'vigil data prepare'."
