"""What was made of each video or album, on disk until all are made: pixels, and beside them a note that they are whole.

A piece without its note was interrupted and is made again; the note is written last.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from model_compression.data.clips.clip_making import LeftOut, MadeClip
from model_compression.data.clips.clip_row import ClipRow, row_from_json
from model_compression.data.clips.source_video import Source
from model_compression.data.clips.whole_file import PART, fsync_folder, write_whole

_NOTE, _PIXELS = ".json", ".u8"


@dataclass(frozen=True, slots=True)
class Piece:
    """All clips of one source. Its pixels are those of its rows, one after the other."""

    rows: tuple[ClipRow, ...]
    left_out: tuple[LeftOut, ...]
    frame_count: int  # in which faces were searched
    face_count: int
    bytes: int
    sha256: str  # of the pixels


def piece_name(source: Source) -> str:
    """Another one where a file or what is told of it has changed since."""
    told = " ".join((source.identity, *map(_state, source.files)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _state(path: Path) -> str:
    state = path.stat()
    size = 0 if stat.S_ISDIR(state.st_mode) else state.st_size
    return f"{size} {state.st_mtime_ns}"


def pixels_path(folder: Path, name: str) -> Path:
    return folder / f"{name}{_PIXELS}"


def read_piece(folder: Path, name: str) -> Piece | None:
    """None where it is not whole."""
    try:
        values = json.loads((folder / f"{name}{_NOTE}").read_bytes())
        return Piece(
            tuple(row_from_json(row) for row in values["rows"]),
            tuple(LeftOut(**one) for one in values["left_out"]),
            int(values["frame_count"]),
            int(values["face_count"]),
            int(values["bytes"]),
            str(values["sha256"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_piece(folder: Path, name: str, clips: Iterable[MadeClip | LeftOut]) -> Piece:
    """Writes each clip as it comes. Raises `OSError` where the disk refuses."""
    rows: list[ClipRow] = []
    left_out: list[LeftOut] = []
    digest = hashlib.sha256()
    part = folder / f"{name}{_PIXELS}{PART}{os.getpid()}"
    try:
        with part.open("wb") as file:
            for clip in clips:
                if isinstance(clip, LeftOut):
                    left_out.append(clip)
                    continue
                content = clip.pixels.tobytes()
                file.write(content)
                digest.update(content)
                rows.append(clip.row)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        part.replace(pixels_path(folder, name))
        fsync_folder(folder)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    searched = sum(row.frame_count for row in rows) + sum(one.frame_count for one in left_out)
    found = sum(round(row.face_share * row.frame_count) for row in rows)
    found += sum(one.face_count for one in left_out)
    piece = Piece(tuple(rows), tuple(left_out), searched, found, size, digest.hexdigest())
    note = {
        "rows": [row.as_json() for row in piece.rows],
        "left_out": [asdict(one) for one in piece.left_out],
        "frame_count": piece.frame_count,
        "face_count": piece.face_count,
        "bytes": piece.bytes,
        "sha256": piece.sha256,
    }
    write_whole(folder / f"{name}{_NOTE}", json.dumps(note).encode())
    return piece
