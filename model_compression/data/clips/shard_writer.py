"""Pieces put together into shards of a few hundred MiB: files that are mapped rather than opened one by one.

Which piece goes where follows from their sizes alone, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model_compression.data.clips.index import SHARDS, Place, Shard
from model_compression.data.clips.pieces import Piece, pixels_path
from model_compression.data.clips.whole_file import PART, fsync_folder, remove_parts

SHARD_BYTES = 256 * 1024 * 1024
_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class NamedPiece:
    name: str
    piece: Piece


def write_shards(
    folder: Path, pieces_folder: Path, pieces: Sequence[NamedPiece]
) -> tuple[tuple[Shard, ...], tuple[Place, ...]]:
    """The shards, and the place of each row in the order of the pieces. Pixels of pieces are used up."""
    (folder / SHARDS).mkdir(exist_ok=True)
    remove_parts(folder / SHARDS)
    shards: list[Shard] = []
    places: list[Place] = []
    for group in _groups(pieces):
        shard = _shard_of(len(shards), group)
        offset = 0
        for one in group:
            size = one.piece.bytes // sum(row.frame_count for row in one.piece.rows)
            for row in one.piece.rows:
                places.append(Place(len(shards), offset))
                offset += row.frame_count * size
        if not (folder / shard.file).is_file():
            _join(folder / shard.file, [pixels_path(pieces_folder, one.name) for one in group])
        for one in group:
            pixels_path(pieces_folder, one.name).unlink(missing_ok=True)
        shards.append(shard)
    for left in set((folder / SHARDS).iterdir()) - {folder / shard.file for shard in shards}:
        left.unlink()  # of a run whose sources have changed since
    return tuple(shards), tuple(places)


def lost_pieces(folder: Path, pieces_folder: Path, pieces: Sequence[NamedPiece | None]) -> set[str]:
    """Names of pieces whose pixels are neither theirs any more nor in the shard where they belong."""
    known = [one for one in pieces if one is not None]
    there: set[str] = set()
    if len(known) == len(pieces):
        for number, group in enumerate(_groups(known)):
            path = folder / _shard_of(number, group).file
            if path.is_file():
                there |= {one.name for one in group}
    return {
        one.name
        for one in known
        if one.piece.bytes
        and one.name not in there
        and not pixels_path(pieces_folder, one.name).is_file()
    }


def _groups(pieces: Sequence[NamedPiece]) -> list[list[NamedPiece]]:
    groups: list[list[NamedPiece]] = []
    filled = SHARD_BYTES
    for one in pieces:
        if not one.piece.bytes:
            continue
        if filled + one.piece.bytes > SHARD_BYTES:
            groups.append([])
            filled = 0
        groups[-1].append(one)
        filled += one.piece.bytes
    return groups


def _shard_of(number: int, group: Sequence[NamedPiece]) -> Shard:
    told = "".join(one.piece.sha256 for one in group)
    digest = hashlib.sha256(told.encode()).hexdigest()
    size = sum(one.piece.bytes for one in group)
    return Shard(f"{SHARDS}/{number:05d}-{digest[:8]}.u8", size, digest)


def _join(path: Path, sources: Sequence[Path]) -> None:
    if len(sources) == 1:
        sources[0].replace(path)
        fsync_folder(path.parent)
        return
    part = path.with_name(f"{path.name}{PART}{os.getpid()}")
    try:
        with part.open("wb") as out:
            for source in sources:
                with source.open("rb") as file:
                    while block := file.read(_BLOCK):
                        out.write(block)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)
