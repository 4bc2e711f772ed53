"""A data set prepared: found, checked, made piece by piece in several processes, put into shards, indexed.

Killed at any time, the same call goes on: a video or album whose piece is whole is not made again. The result does
not depend on how many processes made it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.clip_making import LeftOut
from model_compression.data.clips.face_track import FaceFinder
from model_compression.data.clips.index import INDEX, PREPARING, ClipIndex, read_index
from model_compression.data.clips.kinds import find_videos, kind_of
from model_compression.data.clips.pieces import piece_name, read_piece
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.shard_writer import NamedPiece, lost_pieces, write_shards
from model_compression.data.clips.source_video import FoundSet, Source, check_found
from model_compression.data.clips.whole_file import remove_parts
from model_compression.data.clips.workers import Order, make_pieces
from model_compression.data.clips.workplace import SOURCES, begin, check_same, workplace

_PIECES = "pieces"
Progress = Callable[[int, int], None]
"""Called with the videos or pictures that are done and all of them."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the user is told at the end."""

    index: ClipIndex
    made_now: int  # videos or pictures

    @property
    def people(self) -> int:
        return len({row.person for row in self.index.rows if row.person})

    @property
    def left_out(self) -> Counter[str]:
        """Clips by why they were left out."""
        return Counter(str(one["why"]) for one in self.index.left_out)


def prepare(
    kind: str,
    root: Path,
    out: Path,
    settings: ClipSettings,
    *,
    processes: int = 1,
    allow_missing: bool = False,
    progress: Progress = lambda done, of: None,
) -> Prepared:
    """Raises `UserError`, before any work where files are missing or `out` holds something else."""
    pictures = kind_of(kind).pictures
    settings.check_for(kind, pictures=pictures)
    found = find_videos(kind, root)
    check_found(found, root, kind, allow_missing=allow_missing)
    sources = found.sources()
    finder = FaceFinder()
    description: dict[str, Any] = {
        "kind": kind,
        "perception": finder.name,
        "colour": "rgb" if settings.channels == 3 else "luma",
        "settings": settings.as_json(pictures=pictures),
    }
    with workplace(out):
        told = _told(sources, found)
        if (out / INDEX).is_file():
            index = read_index(out)
            check_same(out, index.description, {**description, SOURCES: told})
            _tidy(out)
            return Prepared(index, 0)
        begin(out, description)
        made_now = _make(sources, out, settings, finder, processes, progress)
        index = _index(sources, found, out, {**description, SOURCES: told})
        index.write(out)
        _tidy(out)
        return Prepared(index, made_now)


def _make(
    sources: Sequence[Source],
    out: Path,
    settings: ClipSettings,
    finder: FaceFinder,
    processes: int,
    progress: Progress,
) -> int:
    folder = out / _PIECES
    folder.mkdir(exist_ok=True)
    remove_parts(folder)
    known = _known_pieces(sources, out)
    lost = lost_pieces(out, folder, known)
    orders = [
        Order(piece_name(source), source)
        for source, piece in zip(sources, known, strict=True)
        if piece is None or piece.name in lost
    ]
    of = sum(source.count for source in sources)
    to_make = sum(order.source.count for order in orders)
    done = of - to_make
    progress(done, of)
    for count in make_pieces(orders, folder, settings, finder, processes=processes):
        done += count
        progress(done, of)
    return to_make


def _known_pieces(sources: Sequence[Source], out: Path) -> list[NamedPiece | None]:
    known: list[NamedPiece | None] = []
    for source in sources:
        name = piece_name(source)
        piece = read_piece(out / _PIECES, name)
        known.append(None if piece is None else NamedPiece(name, piece))
    return known


def _index(
    sources: Sequence[Source], found: FoundSet, out: Path, description: Mapping[str, Any]
) -> ClipIndex:
    pieces = [piece for piece in _known_pieces(sources, out) if piece is not None]
    if len(pieces) != len(sources):
        raise UserError(f"{out}: its sources have changed meanwhile; give the same command again.")
    rows = tuple(row for one in pieces for row in one.piece.rows)
    left_out = [clip for one in pieces for clip in one.piece.left_out]
    if not rows:
        raise UserError(f"{out}: not one clip could be made: {_reasons(left_out)}.")
    shards, places = write_shards(out, out / _PIECES, pieces)
    tasks = {task for row in rows for task in row.labels}
    return ClipIndex(
        description=description,
        classes={
            task: names for task, names in {**CLASSES, **found.classes}.items() if task in tasks
        },
        shards=shards,
        rows=rows,
        places=places,
        left_out=tuple(
            {"clip": one.clip, "why": one.why, "detail": one.detail} for one in left_out
        ),
        missing=found.missing,
        notes=found.notes,
        frame_count=sum(one.piece.frame_count for one in pieces),
        face_count=sum(one.piece.face_count for one in pieces),
    )


def _reasons(left_out: Sequence[LeftOut]) -> str:
    counts = Counter(one.why for one in left_out)
    told = ", ".join(f"{count} {why}" for why, count in counts.most_common())
    example = next((one for one in left_out if one.detail), None)
    return told if example is None else f"{told} ({example.clip}: {example.detail})"


def _told(sources: Sequence[Source], found: FoundSet) -> str:
    told = "".join(source.identity for source in sources) + "".join(found.missing)
    return hashlib.sha256(told.encode()).hexdigest()


def _tidy(out: Path) -> None:
    """A finished set needs nothing of how it was made."""
    shutil.rmtree(out / _PIECES, ignore_errors=True)
    (out / PREPARING).unlink(missing_ok=True)
