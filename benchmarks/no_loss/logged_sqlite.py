"""SQLite on a disk that logs: an apsw VFS below, and above it what the outbox uses of the standard `sqlite3`.

While `logging_to` holds, `sqlite3.connect` opens through the VFS, so the outbox's own code runs unchanged. The files
that a cut leaves are opened again by the standard library's SQLite, the one that runs in the vehicle.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import apsw

from benchmarks.no_loss.written_disk import FOLDER, Operation, WrittenDisk

_NUMBERS = itertools.count()
_CORRUPT = (apsw.CorruptError, apsw.NotADBError)
Refusal = Callable[[Operation], None]  # raises the apsw error with which the disk refuses


class _LoggedFile(apsw.VFSFile):
    """A file that tells the log what is done to it."""

    def __init__(self, name: Any, flags: list[int], disk: WrittenDisk, refuse: Refusal) -> None:
        full = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(full).name
        self._disk = disk
        self._refuse = refuse
        is_new = not Path(full).exists()
        super().__init__("", name, flags)
        if is_new:
            self._note(Operation("create", self._name))

    def _note(self, operation: Operation) -> None:
        self._refuse(operation)
        self._disk.note(operation)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._note(Operation("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._note(Operation("truncate", self._name, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        # The log takes the part of the disk: nothing is gained by waiting for a real one.
        self._note(Operation("sync", self._name))


class _LoggedVfs(apsw.VFS):
    def __init__(self, disk: WrittenDisk, refuse: Refusal) -> None:
        self.name = f"logged-{next(_NUMBERS)}"
        self._disk = disk
        self._refuse = refuse
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
        if name is None:
            return super().xOpen(name, flags)
        return _LoggedFile(name, flags, self._disk, self._refuse)

    def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
        super().xDelete(name, sync_folder)
        self._disk.note(Operation("delete", Path(name).name))
        if sync_folder:
            self._disk.note(Operation("sync", FOLDER))


@contextlib.contextmanager
def _standard_errors() -> Iterator[None]:
    """apsw's errors in the classes the standard library gives them."""
    try:
        yield
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except _CORRUPT as error:
        raise sqlite3.DatabaseError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error


class _Cursor:
    def __init__(self, cursor: Any, rowcount: int) -> None:
        self._cursor = cursor
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        with _standard_errors():
            return self._cursor.fetchone()

    def fetchall(self) -> Any:
        with _standard_errors():
            return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        with _standard_errors():
            yield from self._cursor


class Database:
    """The part of `sqlite3.Connection` that the outbox uses, in autocommit."""

    def __init__(self, path: str, vfs: str | None, timeout_s: float) -> None:
        with _standard_errors():
            self._connection = apsw.Connection(path, vfs=vfs)
            self._connection.set_busy_timeout(int(timeout_s * 1000))

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> _Cursor:
        with _standard_errors():
            cursor = self._connection.execute(statement, values)
            return _Cursor(cursor, self._connection.changes())

    def executemany(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        with _standard_errors():
            self._connection.executemany(statement, rows)

    def close(self) -> None:
        # As the standard library: a checkpoint that fails while closing is no error, the log stays.
        with contextlib.suppress(apsw.Error):
            self._connection.close()


def _never(operation: Operation) -> None:
    """A disk that takes everything."""


@contextlib.contextmanager
def logging_to(disk: WrittenDisk, folder: Path, refuse: Refusal = _never) -> Iterator[None]:
    """Whatever SQLite is opened in `folder` writes through the log."""
    vfs = _LoggedVfs(disk, refuse)
    really_sync = os.fsync

    def connect(database: str | Path, timeout: float = 5.0, **_: object) -> Database:
        inside = str(database) != ":memory:"
        return Database(str(database), vfs.name if inside else None, timeout)

    def fsync(descriptor: int) -> None:
        if Path(os.readlink(f"/proc/self/fd/{descriptor}")) == folder.resolve():
            disk.note(Operation("sync", FOLDER))
        else:
            really_sync(descriptor)

    with mock.patch.object(sqlite3, "connect", connect), mock.patch.object(os, "fsync", fsync):
        yield
    vfs.unregister()
