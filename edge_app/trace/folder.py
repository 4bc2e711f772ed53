"""The folder of the trace files: how they are called, which are ours, and that they do not fill the disk."""

from __future__ import annotations

import io
import os
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from mcap.writer import Writer

from edge_app.errors import UserError

# Numbered, since the clock of a car cannot be trusted to put files in order.
_NAME = re.compile(r"vigil-(\d{6,})-\d{8}T\d{6}Z\.mcap")
_PROFILE = "vigil"


def start_writer(stream: IO[bytes]) -> Writer:
    """An MCAP writer whose file begins as every trace of Vigil does."""
    # Chunks are closed by time; the size is for frame rates beyond any camera's.
    writer = Writer(stream, chunk_size=1 << 20)
    writer.start(profile=_PROFILE, library=_PROFILE)
    return writer


def _beginning() -> bytes:
    stream = io.BytesIO()
    start_writer(stream)
    return stream.getvalue()


BEGINNING = _beginning()


def require_writable(folder: Path) -> None:
    """Raises `UserError` where no trace can be written: for whoever asks for one and waits for the answer.

    A unit on the road does not ask: there the watch matters more than its trace, which is told as failing.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{folder}: no trace can be written here ({error.strerror}); choose another folder"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{folder}: no trace can be written here; choose another folder")


class TraceFolder:
    """Names new files, and deletes the oldest so that all together stay within `total_bytes`.

    Only files that Vigil wrote are counted and deleted: by name and by their first bytes.
    """

    def __init__(self, folder: Path, total_bytes: int) -> None:
        self.path = folder
        self._total_bytes = total_bytes

    def new_path(self, wall: datetime) -> Path:
        numbers = [
            int(match[1]) for path in self.path.iterdir() if (match := _NAME.fullmatch(path.name))
        ]
        stamp = wall.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        return self.path / f"vigil-{max(numbers, default=0) + 1:06d}-{stamp}.mcap"

    def make_room(self, wanted_bytes: int) -> list[Path]:
        """Delete the oldest until `wanted_bytes` more fit in. Returns what has been deleted."""
        ours = self.files()
        sizes = {path: path.stat().st_size for path in ours}
        deleted = []
        for path in ours:
            if sum(sizes.values()) + wanted_bytes <= self._total_bytes:
                break
            path.unlink()
            del sizes[path]
            deleted.append(path)
        return deleted

    def files(self) -> list[Path]:
        """Vigil's trace files, oldest first."""
        found = [
            (int(match[1]), path)
            for path in self.path.iterdir()
            if (match := _NAME.fullmatch(path.name)) and _is_ours(path)
        ]
        return [path for _, path in sorted(found)]


def _is_ours(path: Path) -> bool:
    """Also where a power cut left less than the beginning."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return BEGINNING.startswith(file.read(len(BEGINNING)))
