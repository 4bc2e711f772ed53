"""Safe keeping of messages: the outbox on disk, and memory in its place while the disk refuses.

A corrupt file is set aside (kept, what can be read is moved over, and it is told); a full or failing disk is
retried. Belongs to one thread.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from edge_app.errors import UserError
from edge_app.telemetry.birth_file import read_births, write_births
from edge_app.telemetry.messages import OutboxMessage
from edge_app.telemetry.outbox import (
    BEFORE_ALL,
    BIRTH_NUMBER,
    UNTOLD,
    Entry,
    Filling,
    Importance,
    Outbox,
    OutboxCorruptError,
    Receipt,
    is_corruption,
)
from edge_app.telemetry.set_aside import finish_setting_aside, set_aside
from edge_app.telemetry.settings import OutboxSettings

logger = logging.getLogger(__name__)

RETRY_S = 5.0
DISK_REFUSES = "outbox_disk_refuses"
SET_ASIDE = "outbox_set_aside"
FULL = "outbox_full"


class Keeping:
    """Keeps entries until they are forgotten."""

    def __init__(self, settings: OutboxSettings, *, new_boot: bool = True) -> None:
        """A disk that refuses does not end the watch. Raises UserError for a place where no disk would help. A new boot
        counts one birth more.
        """
        self._settings = settings
        self._memory = Outbox(None, settings.capacity_rows, settings.capacity_bytes)
        self._forgotten: set[Receipt] = set()  # acknowledged, but the disk would not delete them
        self._set_aside = False
        # Messages rescued from a file set aside of which the fleet has not been told yet; survives restarts.
        self.rescued_untold: int | None = None
        self._full = False
        self._unreadable = 0
        self._retry_at_s = 0.0
        self.birth_number = 0
        self._uncounted = False  # this start began without the disk
        self._disk: Outbox | None = None
        try:
            disk = self._open()
            try:
                if new_boot:
                    self.birth_number = disk.begin_boot(after=read_births(settings.path))
                    write_births(settings.path, self.birth_number)
            except BaseException:
                disk.close()
                raise
        except (sqlite3.Error, OSError, OutboxCorruptError) as error:
            if _is_a_mistake(settings.path, error):
                self._memory.close()
                raise UserError(_why_unusable(settings.path, error)) from error
            if new_boot:
                self._uncounted = True
                self.birth_number = read_births(settings.path) + 1
                write_births(settings.path, self.birth_number)
            self._lose_disk(error)
        else:
            self._disk = disk

    def _open(self) -> Outbox:
        settings = self._settings
        path, rows, size = settings.path, settings.capacity_rows, settings.capacity_bytes
        finish_setting_aside(path)
        try:
            disk = Outbox(path, rows, size)
        except OutboxCorruptError as error:
            aside = set_aside(path, rows, size, self.birth_number)
            logger.error(
                "The outbox %s is corrupt (%s): it is kept as %s, a new one begins.",
                path,
                error,
                aside,
            )
            disk = Outbox(path, rows, size)
        untold = disk.counter(UNTOLD)
        self.rescued_untold = untold - 1 if untold else None
        self._set_aside = self._set_aside or untold > 0
        return disk

    def keep(self, entries: Sequence[Entry]) -> None:
        """On disk when this returns, or in memory when the disk refuses."""
        if self._disk is not None:
            lost_before = sum(self._disk.filling.dropped.values())
            try:
                self._disk.add(entries)
            except sqlite3.Error as error:
                self._lose_disk(error)
            else:
                self._full = sum(self._disk.filling.dropped.values()) > lost_before
                return
        self._memory.add(entries)

    def keep_notice(self, entry: Entry) -> None:
        """The message that tells of a file set aside; in the same commit it is remembered that it was told."""
        self.rescued_untold = None
        if self._disk is not None:
            try:
                self._disk.add([entry], {UNTOLD: 0})
            except sqlite3.Error as error:
                self._lose_disk(error)
            else:
                return
        self._memory.add([entry])

    def forget(self, receipts: Sequence[Receipt]) -> None:
        self._memory.remove(receipts)
        if self._disk is not None:
            try:
                self._disk.remove(receipts)
            except sqlite3.Error as error:
                self._lose_disk(error)
            else:
                return
        self._forgotten.update(receipts)

    def give_up(self, receipt: Receipt, error: Exception) -> None:
        """Forget a message that cannot be read any more, so that it holds up no other; it is told and counted."""
        logger.error(
            "Message %d of start %d in the outbox %s is damaged (%s) and is lost.",
            receipt[1],
            receipt[0],
            self._settings.path,
            error,
        )
        self._unreadable += 1
        self.forget([receipt])

    def pending(self, after: Receipt = BEFORE_ALL, limit: int = -1) -> list[Entry]:
        """What is not yet forgotten, in sending order. What only the disk knows waits until it can be read."""
        found: list[Entry] = []
        if self._disk is not None:
            try:
                found = self._disk.pending(after, limit)
            except sqlite3.Error as error:
                self._lose_disk(error)
        # Memory holds only what came after the disk was lost, so it always sorts behind.
        if limit < 0 or len(found) < limit:
            found += self._memory.pending(after, limit if limit < 0 else limit - len(found))
        return [entry for entry in found if entry.receipt not in self._forgotten]

    def _lose_disk(self, error: Exception) -> None:
        logger.error(
            "The outbox %s refuses (%s): events wait in memory.", self._settings.path, error
        )
        if self._disk is not None:
            self._disk.close()
        self._disk = None
        at_once = isinstance(error, sqlite3.Error) and is_corruption(error)
        self._retry_at_s = 0.0 if at_once else time.monotonic() + RETRY_S

    def retry(self) -> bool:
        """Try a lost disk again, when it is time; what waited in memory moves over. True when it is back."""
        if self._disk is not None or time.monotonic() < self._retry_at_s:
            return False
        self._retry_at_s = time.monotonic() + RETRY_S
        try:
            disk = self._open()
        except (sqlite3.Error, OSError, OutboxCorruptError) as error:
            logger.debug("The outbox still refuses: %s", error)
            return False
        waiting = self._memory.pending()
        try:
            if self._uncounted and disk.pending((self.birth_number, -1), 1):
                # Messages of another start under our number: they would be taken for each other.
                disk.close()
                logger.debug("The outbox is not used in this start: others have its number.")
                return False
            # Without a boot of its own (`new_boot`) it knows of no birth: the file's number never goes back.
            newest_birth = max(self.birth_number, disk.counter(BIRTH_NUMBER))
            disk.add(waiting, {BIRTH_NUMBER: newest_birth})
            disk.remove(tuple(self._forgotten))
        except sqlite3.Error as error:
            disk.close()
            logger.debug("The outbox still refuses: %s", error)
            return False
        self._disk = disk
        self._uncounted = False
        self._memory.remove([entry.receipt for entry in waiting])
        self._forgotten.clear()
        logger.warning("The outbox %s is written again.", self._settings.path)
        return True

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the fleet should know of the outbox, one word each."""
        told = [
            (self._disk is None, DISK_REFUSES),
            (self._set_aside, SET_ASIDE),
            (self._full, FULL),
        ]
        return tuple(reason for holds, reason in told if holds)

    @property
    def waiting(self) -> int:
        """Messages not yet acknowledged, as far as can be seen."""
        return self._memory.filling.rows + (
            self._disk.filling.rows if self._disk is not None else 0
        )

    def commit_time_s(self, quantile: float) -> float | None:
        return None if self._disk is None else self._disk.commit_time_s(quantile)

    def report(self) -> OutboxMessage:
        """The outbox as health messages show it."""
        memory = self._memory.filling
        disk = (
            self._disk.filling
            if self._disk is not None
            else Filling(0, 0, dict.fromkeys(Importance, 0))
        )
        dropped = {kind: memory.dropped[kind] + disk.dropped[kind] for kind in Importance}
        p50_s, p99_s = self.commit_time_s(0.5), self.commit_time_s(0.99)
        return OutboxMessage(
            rows=memory.rows + disk.rows,
            bytes=memory.bytes + disk.bytes,
            on_disk=self._disk is not None,
            commit_p50_ms=None if p50_s is None else round(p50_s * 1e3, 3),
            commit_p99_ms=None if p99_s is None else round(p99_s * 1e3, 3),
            dropped_gauges=dropped[Importance.GAUGE],
            dropped_observations=dropped[Importance.OBSERVATION],
            dropped_safety_events=dropped[Importance.SAFETY],
            dropped_unreadable=self._unreadable,
        )

    def close(self) -> int:
        """Returns how many messages could not be put on disk and end with the program."""
        self._retry_at_s = 0.0
        self.retry()
        unsaved = self._memory.filling.rows
        self._memory.close()
        if self._disk is not None:
            self._disk.close()
        return unsaved


def _is_a_mistake(path: Path, error: Exception) -> bool:
    """Whether whoever set the unit up has to mend it; else the disk refuses, and may do better later."""
    if isinstance(error, FileExistsError | NotADirectoryError | PermissionError):
        return True
    if not isinstance(error, sqlite3.OperationalError):
        return False
    try:
        if "locked" in str(error) or path.is_dir():
            return True
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            return False
        return not all(os.access(at, os.W_OK) for at in (path.parent, path) if at.exists())
    except OSError:
        return False


def _why_unusable(path: Path, error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return f"The outbox {path} is in use by another vigil: stop it, or give telemetry.outbox.path another file."
    if isinstance(error, FileExistsError):
        why = f"{path.parent} is not a folder"
    else:
        why = ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()
    return (
        f"The outbox {path} cannot be written ({why}): give telemetry.outbox.path a place that can be"
        " written and has room."
    )
