"""The durable outbox: messages wait in an SQLite file until the broker has acknowledged them.

One commit per safety event with WAL and `synchronous=FULL`, so that what is committed survives a pulled plug.
When full, the oldest gauges go first, then observations, safety events last; every loss is counted.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType

SCHEMA_NUMBER = 2
WITHOUT_CHECKSUM = 1  # the schema before
COMMIT_SAMPLES = 1000
SQL_ERROR = 1  # SQLite's name for a statement that does not fit the tables
OF_DAMAGE = ("no such", "no column", "syntax error", "malformed", "unrecognized token", "decode")
Receipt = tuple[int, int]  # (birth_number, sequence): the order of sending, and the row's key
BEFORE_ALL: Receipt = (-1, -1)
COLUMNS = "number, importance, topic, payload, posted_s, clock_synchronised, checksum"
Row = tuple[int, int, str, bytes, float, int, int | None]
BIRTH_NUMBER = "birth_number"  # counters of the file
UNTOLD = "set_aside_untold"  # 1 + messages rescued, until the fleet is told that a corrupt file was set aside
BOOT = 1 << 32  # rows are numbered birth_number * BOOT + sequence
MOST_BIRTHS = (1 << 31) - 2  # SQLite's numbers have 63 bits


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

    def as_row(self) -> Row:
        plain = (
            row_number(self.receipt),
            int(self.importance),
            self.topic,
            self.payload,
            float(self.posted_s),
            int(self.clock_synchronised),
        )
        return (*plain, _checksum(plain))

    @staticmethod
    def from_row(row: Row) -> Entry:
        """Raises ValueError or TypeError for a row that was damaged on the disk."""
        number, importance, topic, payload, posted_s, synchronised, checksum = row
        if not isinstance(payload, bytes) or not isinstance(topic, str):
            raise TypeError("a column holds another type than was written")
        if checksum not in (None, _checksum(row[:-1])):
            raise ValueError("a row does not match its checksum")
        birth_number, sequence = divmod(number, BOOT)
        return Entry(
            birth_number,
            sequence,
            Importance(importance),
            topic,
            payload,
            posted_s,
            bool(synchronised),
        )


def _checksum(plain: tuple[object, ...]) -> int:
    """SQLite sees a damaged tree, not a damaged value: that would go out as if it were true."""
    return zlib.crc32(repr(plain).encode())


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
            self._read_through()
            self.recount()
        except sqlite3.DatabaseError as error:
            self._database.close()
            if is_corruption(error):
                raise OutboxCorruptError(str(error)) from error
            raise
        except (ValueError, TypeError) as error:
            # A row that makes no sense; or SQLite's own sentence, which quotes damaged letters.
            self._database.close()
            raise OutboxCorruptError(str(error)) from error
        except OutboxCorruptError:
            self._database.close()
            raise
        if path is not None:
            sync_folder(path.parent)

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")  # a second vigil would send every event twice
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA journal_size_limit=1000000")
        (version,) = run("PRAGMA user_version").fetchone()
        if version not in (0, WITHOUT_CHECKSUM, SCHEMA_NUMBER):
            raise OutboxCorruptError(f"written by another version (schema {version})")
        (verdict,) = run("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise OutboxCorruptError(str(verdict))
        with self._transaction():
            # One integer key that only grows: a commit touches one page, where a two-column key touches three.
            run(
                "CREATE TABLE IF NOT EXISTS outbox (number INTEGER PRIMARY KEY, importance INTEGER NOT NULL,"
                " topic TEXT NOT NULL, payload BLOB NOT NULL, posted_s REAL NOT NULL,"
                " clock_synchronised INTEGER NOT NULL, checksum INTEGER)"
            )
            if version == WITHOUT_CHECKSUM:
                run("ALTER TABLE outbox ADD COLUMN checksum INTEGER")
            run(
                "CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
            )
            run(f"PRAGMA user_version={SCHEMA_NUMBER}")

    def _read_through(self) -> None:
        """Raises ValueError, TypeError, sqlite3.Error at what was not written so."""
        for row in self._database.execute(f"SELECT {COLUMNS} FROM outbox"):
            Entry.from_row(row)
        for name, value in self._database.execute("SELECT name, value FROM counter"):
            if not is_count(value):
                raise ValueError(f"the counter {name} makes no sense")

    def recount(self) -> None:
        """Read from the file again what is known of its contents."""
        self._rows = dict.fromkeys(Importance, 0)
        self._bytes = 0
        for importance, rows, size in self._database.execute(
            "SELECT importance, count(*), sum(length(payload)) FROM outbox GROUP BY importance"
        ):
            self._rows[Importance(importance)] = rows
            self._bytes += size
        self._dropped = {kind: self.counter(f"dropped_{kind.name.lower()}") for kind in Importance}

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

    def add(
        self, entries: Sequence[Entry], counters: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """Store in one commit; durable when this returns. Adding a known entry again changes nothing."""
        try:
            with self._transaction():
                for entry in entries:
                    added = self._database.execute(
                        f"INSERT OR IGNORE INTO outbox ({COLUMNS}) VALUES (?,?,?,?,?,?,?)",
                        entry.as_row(),
                    ).rowcount
                    self._rows[entry.importance] += added
                    self._bytes += added * len(entry.payload)
                self._make_room()
                self._put_counters(counters)
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self.recount()
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
                self._put_counters(
                    {f"dropped_{importance.name.lower()}": self._dropped[importance]}
                )

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
                self.recount()
            raise

    def pending(self, after: Receipt = BEFORE_ALL, limit: int = -1) -> list[Entry]:
        """What waits, oldest first, behind `after`."""
        try:
            # All at once: a cursor left open by a damaged row would hold the file after `close`.
            rows = self._database.execute(
                f"SELECT {COLUMNS} FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
                (row_number(after), limit),
            ).fetchall()
            return [Entry.from_row(row) for row in rows]
        except (ValueError, TypeError) as error:
            raise sqlite3.DatabaseError(str(error)) from error

    def begin_boot(self, after: int = 0) -> int:
        """Count this start of the program; durable before anything carries the number."""
        birth_number = max(self.counter(BIRTH_NUMBER), after) + 1
        self.set_counters({BIRTH_NUMBER: birth_number})
        return birth_number

    def counter(self, name: str) -> int:
        row = self._database.execute("SELECT value FROM counter WHERE name=?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def set_counters(self, counters: Mapping[str, int]) -> None:
        """Durable when this returns."""
        with self._transaction():
            self._put_counters(counters)

    def _put_counters(self, counters: Mapping[str, int]) -> None:
        self._database.executemany(
            "INSERT OR REPLACE INTO counter VALUES (?,?)", list(counters.items())
        )

    @property
    def filling(self) -> Filling:
        return Filling(sum(self._rows.values()), self._bytes, dict(self._dropped))

    def commit_time_s(self, quantile: float) -> float | None:
        """How long a commit takes: what a power cut can still take away."""
        ordered = sorted(self._commits_s)
        return ordered[min(int(quantile * len(ordered)), len(ordered) - 1)] if ordered else None

    def close(self) -> None:
        self._database.close()


def is_count(value: object) -> bool:
    """What a counter can be; damage may leave anything."""
    return isinstance(value, int) and 0 <= value <= MOST_BIRTHS


def is_corruption(error: sqlite3.Error) -> bool:
    """Refusing disks are OperationalErrors too; of those, only what blames our own statements tells of damage."""
    if not isinstance(error, sqlite3.OperationalError):
        return isinstance(error, sqlite3.DatabaseError)
    code = getattr(error, "sqlite_errorcode", None)  # from Python 3.11 on
    if code is not None:
        return bool(code & 0xFF == SQL_ERROR)
    return any(words in str(error) for words in OF_DAMAGE)


def sync_folder(folder: Path) -> None:
    """A new file's name is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
