"""The folder of sealed stills: whole files only, no more bytes and no longer than the settings allow.

Files are named by lot. Those that are not stills are left alone. Belongs to one thread, save at the start.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from edge_app.stills.dating import Dating
from edge_app.stills.header import HEADER_BYTES, Header
from edge_app.stills.settings import EventStillsSettings
from edge_app.telemetry.clock import Instant

_log = logging.getLogger(__name__)

_SUFFIX = ".still"
_STILL = re.compile(r"[0-9a-f]{32}\.still")
_DRAFT = re.compile(r"\.[0-9a-z]+\.new")
_CLOCK = "clock"  # the last time that was to be trusted
_OURS_ALONE, _FILE_MODE = 0o700, 0o600
_DISK_FAILS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
_DAY_S = 86_400.0
_CLOCK_NOTED_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """One still on the disk. taken_at_s: monotonic; None where it is of an earlier start."""

    name: str
    size_bytes: int
    dated_s: float
    taken_at_s: float | None


def require_own_folder(folder: Path) -> None:
    """Raises `UserError` where others may read it and it holds what is not ours; one that is missing may be made."""
    if not folder.exists() or stat.S_IMODE(folder.stat().st_mode) == _OURS_ALONE:
        return
    strange = next((file for file in folder.iterdir() if not _is_ours(file.name)), None)
    if strange is not None:
        raise UserError(
            f"{folder} holds other files ({strange.name}) and others may read it; give event_stills.folder a folder of"
            " its own."
        )


class StillShelf:
    """Sealed stills by name."""

    def __init__(self, settings: EventStillsSettings, started: Instant) -> None:
        """Raises `UserError` where the folder is the wrong one, `OSError` where the disk fails."""
        assert settings.driver_notice is not None
        self.folder = settings.folder.expanduser()
        self._keep_s = settings.keep_days * _DAY_S
        self._most_bytes = settings.most_bytes
        self._kept: dict[str, Kept] = {}
        self._clock_noted_s: float | None = None
        try:
            self._open_folder()
            self.dating = Dating(settings.driver_notice.given_on, self._trusted_s(), started)
            self._read()
            self.clear(started)
        except OSError as error:
            if error.errno in _DISK_FAILS:
                raise
            raise UserError(
                f"{self.folder}: event stills cannot be kept here ({(error.strerror or str(error)).lower()}); change"
                " event_stills.folder, or switch event_stills.enabled off."
            ) from error

    def _open_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=_OURS_ALONE)
        require_own_folder(self.folder)
        if stat.S_IMODE(self.folder.stat().st_mode) != _OURS_ALONE:
            self.folder.chmod(_OURS_ALONE)

    def _read(self) -> None:
        for file in sorted(self.folder.iterdir()):
            if _DRAFT.fullmatch(file.name):
                file.unlink()  # the power went while it was written
            elif _STILL.fullmatch(file.name):
                self._read_still(file)

    def _read_still(self, file: Path) -> None:
        with file.open("rb") as source:
            beginning = source.read(HEADER_BYTES)
        try:
            header = Header.decoded(beginning)
        except ValueError as error:
            _log.warning("event stills: %s is deleted: %s", file.name, error)
            file.unlink()
            return
        name = file.name.removesuffix(_SUFFIX)
        self._kept[name] = Kept(name, file.stat().st_size, header.dated_s, None)

    def put(self, name: str, sealed: bytes, dated_s: float, now: Instant) -> None:
        """On the disk when it returns. Raises OSError, and then nothing of it is left."""
        self._write(f"{name}{_SUFFIX}", sealed)
        self._kept[name] = Kept(name, len(sealed), dated_s, now.monotonic_s)
        self._keep_the_newest()

    def _write(self, file_name: str, content: bytes) -> None:
        draft = self.folder / f".{file_name.removesuffix(_SUFFIX)}.new"
        draft.unlink(missing_ok=True)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
            with os.fdopen(descriptor, "wb") as sink:
                sink.write(content)
                sink.flush()
                os.fsync(descriptor)
            draft.replace(self.folder / file_name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def clear(self, now: Instant) -> None:
        """Delete what is too old, then the oldest while there are too many bytes. Raises OSError."""
        old = [
            still.name
            for still in self._kept.values()
            if self.dating.too_old(still.dated_s, still.taken_at_s, self._keep_s, now)
        ]
        for name in old:
            self.forget(name)
        if old:
            _log.info("event stills: %d are deleted, too old to be kept", len(old))
        self._keep_the_newest()
        self._note_clock(now)

    def _keep_the_newest(self) -> None:
        excess = self.total_bytes - self._most_bytes
        for still in self.oldest_first():
            if excess <= 0:
                break
            self.forget(still.name)
            excess -= still.size_bytes

    def forget(self, name: str) -> None:
        """Raises OSError. Nothing happens where there is none of this name."""
        if name in self._kept:
            (self.folder / f"{name}{_SUFFIX}").unlink(missing_ok=True)
            del self._kept[name]

    def oldest_first(self) -> list[Kept]:
        return sorted(self._kept.values(), key=lambda still: (still.dated_s, still.name))

    def sendable(self) -> list[Kept]:
        """Oldest first; not those of which nobody knows yet whether they are too old."""
        known = self.dating.known
        return [still for still in self.oldest_first() if known or still.taken_at_s is not None]

    def sealed(self, name: str) -> bytes:
        """Raises OSError."""
        return (self.folder / f"{name}{_SUFFIX}").read_bytes()

    @property
    def total_bytes(self) -> int:
        return sum(still.size_bytes for still in self._kept.values())

    def _note_clock(self, now: Instant) -> None:
        noted_s = self._clock_noted_s
        if not now.synchronised or (
            noted_s is not None and now.monotonic_s - noted_s < _CLOCK_NOTED_EVERY_S
        ):
            return
        self._clock_noted_s = now.monotonic_s
        with contextlib.suppress(OSError):  # without it stills are kept shorter
            self._write(_CLOCK, str(int(now.wall_s)).encode())

    def _trusted_s(self) -> float:
        try:
            return float(int((self.folder / _CLOCK).read_bytes()[:20]))
        except (FileNotFoundError, ValueError):
            return 0.0


def forget_all(folder: Path) -> int:
    """What switching off does: every still goes, and the folder where nothing else lies in it. How many went."""
    folder = folder.expanduser()
    if not folder.is_dir():
        return 0
    ours = [file for file in folder.iterdir() if _is_ours(file.name)]
    for file in ours:
        file.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    return sum(bool(_STILL.fullmatch(file.name)) for file in ours)


def _is_ours(name: str) -> bool:
    return bool(_STILL.fullmatch(name) or _DRAFT.fullmatch(name)) or name == _CLOCK
