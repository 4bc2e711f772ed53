"""A corrupt outbox is kept aside, and what it still gives moves to a new file. Every step may be the last one.

The new file is built beside the corrupt one and takes its place only when it is whole: `.building` becomes `.rescued`
by one rename, and from then on the exchange is finished at the next start if it was not at this one.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.telemetry.outbox import (
    BIRTH_NUMBER,
    COLUMNS,
    MOST_BIRTHS,
    UNTOLD,
    Entry,
    Outbox,
    Receipt,
    is_count,
    sync_folder,
)

logger = logging.getLogger(__name__)

COMPANIONS = ("-wal", "-shm", "-journal")


@dataclass(slots=True)
class Rescued:
    """What a damaged file still gives."""

    entries: list[Entry] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)


def set_aside(path: Path, capacity_rows: int, capacity_bytes: int, birth_number: int) -> Path:
    """Returns where the corrupt file is kept; `path` is a sound outbox then. Raises sqlite3.Error, OSError."""
    building = path.with_name(f"{path.name}.building")
    _delete(building)
    found = _rescue(path)
    births = [entry.birth_number for entry in found.entries]
    known = found.counters.get(BIRTH_NUMBER, 0)
    found.counters[BIRTH_NUMBER] = max([birth_number, known, *births])
    found.counters[UNTOLD] = 1 + len(found.entries)
    outbox = Outbox(building, capacity_rows, capacity_bytes)
    try:
        outbox.set_counters(found.counters)
        outbox.recount()
        outbox.add(found.entries)
    finally:
        outbox.close()
    if building.with_name(f"{building.name}-wal").exists():
        # A full disk: what stands in the log alone would stay behind.
        raise sqlite3.OperationalError("what was rescued does not fit on the disk")
    building.rename(_rescued_name(path))
    sync_folder(path.parent)
    return finish_setting_aside(path) or path


def finish_setting_aside(path: Path) -> Path | None:
    """The exchange of the files, from wherever it was interrupted; None when there is nothing to exchange."""
    rescued = _rescued_name(path)
    if not rescued.exists():
        return None
    aside = _free_name(path)
    # The file itself goes last: a log left without it would be taken for the new file's.
    for tail in (*COMPANIONS, ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + tail).rename(aside.with_name(aside.name + tail))
    sync_folder(path.parent)
    rescued.rename(path)
    sync_folder(path.parent)
    return aside


def _rescued_name(path: Path) -> Path:
    return path.with_name(f"{path.name}.rescued")


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    return aside


def _delete(path: Path) -> None:
    for tail in (*COMPANIONS, ""):
        path.with_name(path.name + tail).unlink(missing_ok=True)


def _rescue(path: Path) -> Rescued:
    found = Rescued()
    try:
        database = sqlite3.connect(path)
    except sqlite3.Error:
        return found
    try:
        _rescue_counters(database, found.counters)
        newest_birth = found.counters.get(BIRTH_NUMBER, MOST_BIRTHS)
        entries: dict[Receipt, Entry] = {}
        # From either end up to the damage, which is mostly in one place.
        for order in ("ASC", "DESC"):
            for entry in _readable(database, order):
                if entry.receipt in entries:
                    break
                if 0 < entry.birth_number <= newest_birth:
                    entries[entry.receipt] = entry
        found.entries.extend(entries[receipt] for receipt in sorted(entries))
    finally:
        database.close()
    return found


def _readable(database: sqlite3.Connection, order: str) -> Iterator[Entry]:
    try:
        # Row by row: what was read before the damage stays.
        (is_checked,) = database.execute(
            "SELECT count(*) FROM pragma_table_info('outbox') WHERE name='checksum'"
        ).fetchone()
        columns = COLUMNS if is_checked else COLUMNS.replace("checksum", "NULL")
        for row in database.execute(f"SELECT {columns} FROM outbox ORDER BY number {order}"):
            try:
                yield Entry.from_row(row)
            except (ValueError, TypeError) as error:
                logger.warning("A message in the damaged outbox makes no sense: %s", error)
    except (sqlite3.Error, ValueError) as error:
        logger.warning("The damaged outbox can be read no further: %s", error)


def _rescue_counters(database: sqlite3.Connection, counters: dict[str, int]) -> None:
    try:
        for name, value in database.execute("SELECT name, value FROM counter"):
            if isinstance(name, str) and is_count(value):
                counters[name] = value  # noqa: PERF403 - what was read before the damage stays
    except (sqlite3.Error, ValueError) as error:
        logger.warning("The counters cannot be read any more: %s", error)
