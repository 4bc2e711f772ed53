"""The durable outbox: messages wait in an SQLite file until the broker has acknowledged them.

One commit per safety event with WAL and `synchronous=FULL`, so that what is committed survives a pulled plug.
When full, the oldest gauges go first, then observations, safety events last; every loss is counted.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SCHEMA_NUMBER = 1
COMMIT_SAMPLES = 1000
Receipt = tuple[int, int]  # (birth_number, sequence): the order of sending, and the row's key
BEFORE_ALL: Receipt = (-1, -1)
COLUMNS = "number, importance, topic, payload, posted_s, clock_synchronised"
BOOT = 1 << 32  # rows are numbered birth_number * BOOT + sequence


class Importance(IntEnum):
    """What is given up first when there is no room: the lowest."""

    GAUGE = 0
    OBSERVATION = 1
    SAFETY = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One message waiting for its acknowledgement."""

    birth_number: int
    sequence: int  # within the boot, from 1
    importance: Importance
    topic: str
    payload: bytes
    posted_s: float  # monotonic; means nothing in another boot
    clock_synchronised: bool

    @property
    def receipt(self) -> Receipt:
        return (self.birth_number, self.sequence)

    def as_row(self) -> tuple[object, ...]:
        return (
            row_number(self.receipt),
            int(self.importance),
            self.topic,
            self.payload,
            self.posted_s,
            int(self.clock_synchronised),
        )

    @staticmethod
    def from_row(row: tuple[int, int, str, bytes, float, int]) -> Entry:
        number, importance, topic, payload, posted_s, synchronised = row
        birth_number, sequence = divmod(number, BOOT)
        return Entry(
            birth_number,
            sequence,
            Importance(importance),
            topic,
            bytes(payload),
            posted_s,
            bool(synchronised),
        )


def row_number(receipt: Receipt) -> int:
    return receipt[0] * BOOT + receipt[1]


@dataclass(frozen=True, slots=True)
class Filling:
    """How full, and what had to be given up since the file was made."""

    rows: int
    bytes: int
    dropped: dict[Importance, int]


class OutboxCorruptError(Exception):
    """The file is not an outbox that can be used."""


class Outbox:
    """Entries in sending order. Belongs to one thread, and its file to one process."""

    def __init__(self, path: Path | None, capacity_rows: int, capacity_bytes: int) -> None:
        """Open or make the file; None keeps everything in memory. Raises sqlite3.Error, OSError, OutboxCorruptError."""
        self._capacity_rows = capacity_rows
        self._capacity_bytes = capacity_bytes
        self._commits_s: deque[float] = deque(maxlen=COMMIT_SAMPLES)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = sqlite3.connect(
            ":memory:" if path is None else path,
            isolation_level=None,
            timeout=1.0,
            check_same_thread=False,
        )
        try:
            self._prepare()
            self._count()
        except sqlite3.DatabaseError as error:
            self._database.close()
            if is_corruption(error):
                raise OutboxCorruptError(str(error)) from error
            raise
        except OutboxCorruptError:
            self._database.close()
            raise
        if path is not None:
            _sync_folder(path.parent)

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")  # a second vigil would send every event twice
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA journal_size_limit=1000000")
        (version,) = run("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_NUMBER):
            raise OutboxCorruptError(f"written by another version (schema {version})")
        (verdict,) = run("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise OutboxCorruptError(str(verdict))
        with self._transaction():
            # One integer key that only grows: a commit touches one page, where a two-column key touches three.
            run(
                "CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY, importance INTEGER NOT NULL,"
                " topic TEXT NOT NULL, payload BLOB NOT NULL, posted_s REAL NOT NULL,"
                " clock_synchronised INTEGER NOT NULL)"
            )
            run(
                "CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
            )
            run(f"PRAGMA user_version={SCHEMA_NUMBER}")

    def _count(self) -> None:
        self._rows = dict.fromkeys(Importance, 0)
        self._bytes = 0
        for importance, rows, size in self._database.execute(
            "SELECT importance, count(*), sum(length(payload)) FROM outbox GROUP BY importance"
        ):
            self._rows[Importance(importance)] = rows
            self._bytes += size
        self._dropped = {kind: self._counter(f"dropped_{kind.name.lower()}") for kind in Importance}

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        begun_s = time.perf_counter()
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled back by itself; the first error is the one that counts.
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
        self._commits_s.append(time.perf_counter() - begun_s)

    def add(self, entries: Sequence[Entry]) -> None:
        """Store in one commit; durable when this returns. Adding a known entry again changes nothing."""
        try:
            with self._transaction():
                for entry in entries:
                    added = self._database.execute(
                        f"INSERT OR IGNORE INTO outbox ({COLUMNS}) VALUES (?,?,?,?,?,?)",
                        entry.as_row(),
                    ).rowcount
                    self._rows[entry.importance] += added
                    self._bytes += added * len(entry.payload)
                self._make_room()
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._count()
            raise

    def _make_room(self) -> None:
        for importance in Importance:
            while self._rows[importance] and self._is_too_full():
                # Gauges lie scattered among the rest: finding them in batches spares a scan per message.
                batch = 1 if importance is Importance.SAFETY else 1 + self._capacity_rows // 200
                victims = self._database.execute(
                    "SELECT number, length(payload) FROM outbox WHERE importance=? ORDER BY number LIMIT ?",
                    (int(importance), batch),
                ).fetchall()
                self._database.executemany(
                    "DELETE FROM outbox WHERE number=?", [(number,) for number, _ in victims]
                )
                self._rows[importance] -= len(victims)
                self._bytes -= sum(size for _, size in victims)
                self._dropped[importance] += len(victims)
                self.set_counter(f"dropped_{importance.name.lower()}", self._dropped[importance])

    def _is_too_full(self) -> bool:
        return sum(self._rows.values()) > self._capacity_rows or self._bytes > self._capacity_bytes

    def remove(self, receipts: Sequence[Receipt]) -> None:
        """Forget what the broker has acknowledged."""
        try:
            with self._transaction():
                for receipt in receipts:
                    found = self._database.execute(
                        "DELETE FROM outbox WHERE number=? RETURNING importance, length(payload)",
                        (row_number(receipt),),
                    ).fetchall()
                    for importance, size in found:
                        self._rows[Importance(importance)] -= 1
                        self._bytes -= size
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._count()
            raise

    def pending(self, after: Receipt = BEFORE_ALL, limit: int = -1) -> list[Entry]:
        """What waits, oldest first, behind `after`."""
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
            (row_number(after), limit),
        )
        return [Entry.from_row(row) for row in rows]

    def begin_boot(self) -> int:
        """Count this start of the program; durable before anything carries the number."""
        birth_number = self._counter("birth_number") + 1
        with self._transaction():
            self.set_counter("birth_number", birth_number)
        return birth_number

    def _counter(self, name: str) -> int:
        row = self._database.execute("SELECT value FROM counter WHERE name=?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def set_counter(self, name: str, value: int) -> None:
        self._database.execute("INSERT OR REPLACE INTO counter VALUES (?,?)", (name, value))

    @property
    def filling(self) -> Filling:
        return Filling(sum(self._rows.values()), self._bytes, dict(self._dropped))

    def commit_time_s(self, quantile: float) -> float | None:
        """How long a commit takes: what a power cut can still take away."""
        ordered = sorted(self._commits_s)
        return ordered[min(int(quantile * len(ordered)), len(ordered) - 1)] if ordered else None

    def close(self) -> None:
        self._database.close()


def is_corruption(error: sqlite3.Error) -> bool:
    """SQLite says DatabaseError itself for a malformed file; refusing disks are its subclass OperationalError."""
    return type(error) is sqlite3.DatabaseError


def _sync_folder(folder: Path) -> None:
    """A new file's name is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
