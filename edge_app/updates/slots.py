"""Two slots for bundles: one in use, one for the next. A power cut at any step leaves a whole bundle in use.

A new bundle goes into the slot that is not in use, is checked there, and is taken at the next start, on trial. It
becomes good by running well; it is left for the bundle before, and never tried again, where starts fail or it runs
badly. Below both slots lies the bundle that the settings name.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_app import __version__
from edge_app.bundle.install import unpack
from edge_app.bundle.package import open_source
from edge_app.errors import UserError
from edge_app.updates.durable import sync_all
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.settings import TrialSettings
from edge_app.updates.slots_file import (
    MOST_REFUSED,
    SLOT_NAMES,
    RefusedBundle,
    Slot,
    SlotName,
    SlotsRecord,
    Trial,
    read_record,
    write_record,
)

logger = logging.getLogger(__name__)

_LOCK, _FILLING_LOCK = ".lock", ".filling-lock"
Check = Callable[[Path], None]
"""Raises `UserError` unless the bundle in the folder is fit for this vehicle."""


class Slots:
    """From any thread or process: every change is made under a lock, on the record as it is then."""

    def __init__(self, folder: Path, settings: TrialSettings) -> None:
        self.folder = folder
        self._settings = settings

    @property
    def record(self) -> SlotsRecord:
        return read_record(self.folder)

    def begin(self, boot_id: str) -> Path | None:
        """At the start of the program: the bundle to use; None: the one that the settings name. Raises OSError.

        boot_id: tells a start after a crash from one after a power cut, which ends the machine as well.
        """
        with self._changing() as before:
            record = before
            if record.trial is not None:
                record = self._begin_again(record, record.trial, boot_id)
            elif record.following is not None:
                name = record.following
                record = record.with_slot(
                    name,
                    record.slot(name).model_copy(update={"state": "trial"}),
                    current=name,
                    following=None,
                    trial=Trial(boot_id=boot_id),
                )
                logger.warning("%s is in use from now on, on trial.", record.slot(name).title)
            if record != before:  # a full disk must not keep a good bundle from its use
                write_record(self.folder, record)
            return None if record.current is None else self.folder / record.current

    def fill(self, packed: Path, title: str, sha256: str, check: Check) -> None:
        """Put the packed bundle into the slot that is free, to be used from the next start on.

        Raises `UpdateError`; what is in use stays in use.
        """
        with self._filling():
            self.require_new(sha256)
            with self._changing() as record:
                name = _free(record)
                record = record.with_slot(name, Slot(state="filling", title=title, sha256=sha256))
                if record.following == name:
                    record = record.changed(following=None)
                write_record(self.folder, record)
            place = self.folder / name
            try:
                if place.exists():
                    shutil.rmtree(place)
                place.mkdir(mode=0o755)
                with open_source(packed) as source:
                    unpack(source, place)
                sync_all(place)
                check(place)
            except UserError as error:
                self._empty(name)
                with self._changing() as record:
                    write_record(
                        self.folder, _refusing(record, title, sha256, str(error), __version__)
                    )
                raise UpdateError(Why.UNUSABLE, f"updates: {title} is not used: {error}") from error
            except BaseException:
                self._empty(name)
                raise
            with self._changing() as record:
                record = record.with_slot(
                    name, Slot(state="ready", title=title, sha256=sha256), following=name
                )
                write_record(self.folder, record)

    def require_new(self, sha256: str) -> None:
        """Raises `UpdateError` where this bundle proved bad, or another is on trial."""
        record = self.record
        for refused in record.refused:
            if refused.sha256 == sha256 and refused.program in (None, __version__):
                raise UpdateError(
                    Why.KNOWN_BAD,
                    f"updates: {refused.title} was tried and left ({refused.why}); publish another version.",
                )
        if record.trial is not None:
            assert record.current is not None
            raise UpdateError(
                Why.BUSY,
                f"updates: {record.slot(record.current).title} is still on trial; the next one waits.",
            )

    def holds(self, sha256: str) -> bool:
        """Whether this bundle is in use already, or will be from the next start."""
        record = self.record
        name = record.following or record.current
        return name is not None and record.slot(name).sha256 == sha256

    def leave(self, why: str) -> bool:
        """The bundle in use is bad: back to the one before, from the next start. False where none is in a slot."""
        with self._changing() as record:
            if record.current is None:
                return False
            write_record(self.folder, _left(record, why))
            return True

    def note_good(self, running_s: float, rate_hz: float) -> bool:
        """So much more good running. True where the trial has ended with it."""
        with self._changing() as record:
            if record.trial is None or record.current is None:
                write_record(self.folder, record.changed(good_rate_hz=rate_hz))
                return False
            good_s = record.trial.good_s + running_s
            if good_s < self._settings.good_running_s:
                trial = record.trial.model_copy(update={"good_s": good_s, "good_since_start": True})
                write_record(self.folder, record.changed(trial=trial))
                return False
            name = record.current
            good = record.slot(name).model_copy(update={"state": "good"})
            write_record(
                self.folder,
                record.with_slot(name, good, trial=None, good_rate_hz=rate_hz),
            )
            logger.warning("%s has run well; it is the good one now.", good.title)
            return True

    def end_in_order(self) -> None:
        """The program was asked to end: this start has not failed."""
        with self._changing() as record:
            if record.trial is not None:
                trial = record.trial.model_copy(update={"running": False})
                write_record(self.folder, record.changed(trial=trial))

    def _begin_again(self, record: SlotsRecord, trial: Trial, boot_id: str) -> SlotsRecord:
        crashed = trial.running and (trial.boot_id == boot_id or not trial.good_since_start)
        failed = trial.failed_starts + crashed
        if failed >= self._settings.failed_starts:
            return _left(record, f"{failed} starts failed before it had run well")
        fresh = Trial(failed_starts=failed, good_s=trial.good_s, boot_id=boot_id)
        return record.changed(trial=fresh)

    def _empty(self, name: SlotName) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        with self._changing() as record:
            write_record(self.folder, record.with_slot(name, Slot()))

    @contextmanager
    def _changing(self) -> Iterator[SlotsRecord]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.record

    @contextmanager
    def _filling(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / _FILLING_LOCK).open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise UpdateError(
                        Why.BUSY, f"{self.folder}: another update is under way; wait for it."
                    ) from error
                yield
        except OSError as error:
            raise UpdateError(
                Why.DISK,
                f"{error.filename or self.folder}: the update cannot be put in place"
                f" ({error.strerror or error}); what is in use stays in use.",
            ) from error


def _free(record: SlotsRecord) -> SlotName:
    """Not the one in use; of two the one that is worth less."""
    names = [name for name in SLOT_NAMES if name != record.current]
    return min(names, key=lambda name: record.slot(name).state == "good")


def _left(record: SlotsRecord, why: str) -> SlotsRecord:
    """The other slot where it is good, else the bundle that the settings name."""
    assert record.current is not None
    bad, on_trial = record.slot(record.current), record.trial is not None
    others = [
        name for name in SLOT_NAMES if name != record.current and record.slot(name).state == "good"
    ]
    logger.error("%s is left for the bundle before: %s.", bad.title, why)
    record = record.with_slot(
        record.current,
        bad.model_copy(update={"state": "bad"}),
        current=others[0] if others else None,
        trial=None,
    )
    # What ran well once and cannot be opened now may lack something that this installation has lost.
    program = None if on_trial else __version__
    return _refusing(record, bad.title, bad.sha256, why, program)


def _refusing(
    record: SlotsRecord, title: str, sha256: str, why: str, program: str | None = None
) -> SlotsRecord:
    refused = RefusedBundle(title=title, sha256=sha256, why=why[:500], program=program)
    kept = [entry for entry in record.refused if entry.sha256 != sha256]
    return record.changed(refused=(*kept[-(MOST_REFUSED - 1) :], refused))
