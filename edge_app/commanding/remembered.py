"""Requests that were taken up, on disk, so that neither a second delivery nor a restart does one twice.

An id is forgotten once it has expired. How far forgetting has gone is kept too: whatever expires before that is
refused, so that a clock set back does not open the door to what was forgotten.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from edge_app.commanding.outcome import Outcome

logger = logging.getLogger(__name__)

MOST_ROWS = 5000
_ACCEPTED = '{"status": "accepted"'
_SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
    id TEXT PRIMARY KEY, fingerprint BLOB NOT NULL, expires_s REAL NOT NULL, outcome TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_expiry ON request (expires_s);
CREATE TABLE IF NOT EXISTS forgotten (only INTEGER PRIMARY KEY CHECK (only = 1), until_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS uploaded (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request that was taken up. `outcome`: None where the program ended before it was known."""

    fingerprint: bytes
    outcome: Outcome | None


class FullError(Exception):
    """As many requests are remembered as may be, and none has expired."""


class RememberedRequests:
    """One SQLite file; each change is on the disk when the call returns. Methods raise `sqlite3.Error`."""

    def __init__(self, path: Path, most_rows: int = MOST_ROWS) -> None:
        """A file that cannot be read is set aside. Raises `sqlite3.Error`, `OSError`."""
        self._most_rows = most_rows
        self._lock = threading.Lock()  # an upload notes its files beside the commands
        self.lost_memory = False  # what was remembered before this start is gone
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = _opened(path)
        except sqlite3.OperationalError:
            raise  # a busy, full or read-only disk: the file itself may be sound
        except sqlite3.DatabaseError as error:
            logger.error("%s is damaged (%s); a new one is begun.", path, error)
            for tail in ("-wal", "-shm", ""):
                name = path.with_name(path.name + tail)
                if name.exists():
                    name.replace(path.with_name(f"{path.name}.corrupt{tail}"))
            self._database = _opened(path)
            self.lost_memory = True

    def find(self, request_id: str) -> Remembered | None:
        with self._lock:
            row = self._database.execute(
                "SELECT fingerprint, outcome FROM request WHERE id = ?", (request_id,)
            ).fetchone()
        if row is None:
            return None
        return Remembered(row[0], None if row[1] is None else Outcome(**json.loads(row[1])))

    @property
    def forgotten_until_s(self) -> float:
        """Wall time: what expires by then may have been here and been forgotten."""
        with self._lock:
            row = self._database.execute("SELECT until_s FROM forgotten").fetchone()
        return 0.0 if row is None else float(row[0])

    def take_up(self, request_id: str, fingerprint: bytes, expires_s: float, wall_s: float) -> None:
        """Before anything is done. Raises `FullError`."""
        database = self._database
        with self._lock, _Transaction(database):
            (newest,) = database.execute(
                "SELECT max(expires_s) FROM request WHERE expires_s < ?", (wall_s,)
            ).fetchone()
            if newest is not None:
                database.execute(
                    "INSERT INTO forgotten VALUES (1, ?) ON CONFLICT (only)"
                    " DO UPDATE SET until_s = max(until_s, excluded.until_s)",
                    (newest,),
                )
                database.execute("DELETE FROM request WHERE expires_s < ?", (wall_s,))
            (rows,) = database.execute("SELECT count(*) FROM request").fetchone()
            if rows >= self._most_rows:
                raise FullError
            database.execute(
                "INSERT INTO request VALUES (?, ?, ?, NULL)", (request_id, fingerprint, expires_s)
            )

    def conclude(self, request_id: str, outcome: Outcome) -> None:
        """What a repetition will be told."""
        told = {
            "status": outcome.status,
            "detail": outcome.detail,
            "reason": outcome.reason,
            "values": outcome.values,
        }
        with self._lock:
            self._database.execute(
                "UPDATE request SET outcome = ? WHERE id = ?", (json.dumps(told), request_id)
            )

    def uploaded(self) -> dict[str, int]:
        """Bytes by name of the trace files that were put in their place."""
        with self._lock:
            return dict(self._database.execute("SELECT name, bytes FROM uploaded").fetchall())

    def note_uploaded(self, name: str, size_bytes: int) -> None:
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO uploaded VALUES (?, ?)", (name, size_bytes)
            )

    def forget_uploaded(self, names: set[str]) -> None:
        """Files that are gone."""
        with self._lock, _Transaction(self._database):
            self._database.executemany(
                "DELETE FROM uploaded WHERE name = ?", [(name,) for name in names]
            )

    def close(self) -> None:
        with self._lock:
            self._database.close()


def _opened(path: Path) -> sqlite3.Connection:
    # Opened by the thread that puts the program together, used by those that carry out.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(_SCHEMA)
        # Begun before this start and never ended: nobody knows how far it came.
        database.execute(
            "UPDATE request SET outcome = NULL WHERE outcome LIKE ?", (f"{_ACCEPTED}%",)
        )
    except sqlite3.Error:
        database.close()
        raise
    return database


class _Transaction:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")
