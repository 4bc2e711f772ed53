"""Disks that refuse at any write, and files damaged anywhere: what is kept, what is rescued, what is told."""

from __future__ import annotations

import functools
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest import mock

import apsw

from benchmarks.figures import Figure, Target
from benchmarks.no_loss.logged_sqlite import logging_to
from benchmarks.no_loss.posted import HOST, quick_settings
from benchmarks.no_loss.power_cuts import FILE_NAME, QUICK_DISK
from benchmarks.no_loss.receiver import Receiver
from benchmarks.no_loss.written_disk import Operation, WrittenDisk, lay_out, pick_up
from edge_app.telemetry import keeping as keeping_room
from edge_app.telemetry.keeping import SET_ASIDE, Keeping
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.outbox import Entry, Importance
from edge_app.telemetry.settings import OutboxSettings
from edge_app.telemetry.telemetry import Telemetry

REFUSALS: dict[str, Callable[[], Exception]] = {
    "full": lambda: apsw.FullError("full"),
    "failing": lambda: apsw.IOError("failing"),
    "read-only": lambda: apsw.ReadOnlyError("read-only"),
}
MESSAGES = 12
ROWS = 300
_DIED = 9


@dataclass(slots=True)
class DiskReport:
    """What the disks showed."""

    tried: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    noticed: int = 0  # of damaged files: found corrupt and set aside
    rescued: list[int] = field(default_factory=list)  # messages, of those set aside
    births_gone_back: int = 0


def _entry(birth_number: int, sequence: int, size: int = 400) -> Entry:
    data = {
        "birth_number": birth_number,
        "sequence": sequence,
        "clock_synchronised": True,
        "values": {"filler": "x" * size},
    }
    payload = json.dumps({"id": f"{birth_number}-{sequence}", "data": data}).encode()
    topic = "vigil/v1/car-7/event"
    return Entry(birth_number, sequence, Importance.SAFETY, topic, payload, 0.0, True)


class _Refusing:
    """Refuses writing from the n-th operation on, until it is told to stop."""

    def __init__(self, first: int, error: Callable[[], Exception]) -> None:
        self._left = first
        self._error = error
        self.over = False
        self.has_refused = False

    def __call__(self, operation: Operation) -> None:
        if operation.kind not in ("write", "sync", "truncate") or self.over:
            return
        self._left -= 1
        if self._left < 0:
            self.has_refused = True
            raise self._error()


def refuse_everywhere(every: int = 1, kinds: Sequence[str] = tuple(REFUSALS)) -> DiskReport:
    """For each kind of refusal and each operation from which on it holds: all is there once it has passed."""
    report = DiskReport()
    with mock.patch.object(keeping_room, "RETRY_S", 0.0):
        for name in kinds:
            error = REFUSALS[name]
            first, refused = 0, True
            while refused:
                refused = _refuse_from(first, error, f"{name} from operation {first}", report)
                first += every
    return report


def _refuse_from(first: int, error: Callable[[], Exception], what: str, report: DiskReport) -> bool:
    """False when the work was over before the disk refused."""
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
        folder = Path(place) / "state"
        settings = OutboxSettings(path=folder / FILE_NAME)
        # The outbox is there before the disk turns bad, as in a vehicle that has run before.
        Keeping(settings).close()
        refusing = _Refusing(first, error)
        with logging_to(WrittenDisk(pick_up(folder)), folder, refusing):
            keeping = Keeping(settings)
            expected = list(range(1, MESSAGES + 1))
            for number in expected[:-3]:
                keeping.keep([_entry(keeping.birth_number, number)])
                keeping.retry()
            keeping.forget([(keeping.birth_number, 1), (keeping.birth_number, 2)])
            refusing.over = True
            keeping.retry()
            for number in expected[-3:]:
                keeping.keep([_entry(keeping.birth_number, number)])
            unsaved = keeping.close()
        report.tried += 1
        again = Keeping(settings)
        found = [entry.sequence for entry in again.pending()]
        if unsaved or set(expected[2:]) - set(found):
            report.lost.append(what)
        elif found != expected[2:] or again.birth_number != 3 or again.reasons:
            report.wrong.append(f"{what}: {found}, start {again.birth_number}, {again.reasons}")
        again.close()
        return refusing.has_refused


@functools.cache
def _full_file() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
        folder = Path(place) / "state"
        keeping = Keeping(OutboxSettings(path=folder / FILE_NAME))
        for first in range(1, ROWS + 1, 10):
            keeping.keep([_entry(1, number) for number in range(first, first + 10)])
        found = pick_up(folder)  # with the log, as a kill leaves it
        keeping.close()
    return found


def _damage(content: bytes, random: Random) -> bytes:
    damaged = bytearray(content)
    kind = random.choice(("bytes", "page", "cut off", "zeros"))
    if kind == "bytes":
        for _ in range(random.randint(1, 64)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
    elif kind == "cut off":
        del damaged[random.randrange(len(damaged)) :]
    else:
        at = random.randrange(len(damaged)) // 4096 * 4096
        piece = bytes(4096) if kind == "zeros" else random.randbytes(4096)
        damaged[at : at + 4096] = piece
        del damaged[len(content) :]
    return bytes(damaged)


def damage_anywhere(count: int, seed: int) -> DiskReport:
    """Files damaged by seed, with and without the log: every start succeeds, counts on, and keeps what is new."""
    report = DiskReport()
    with_log = _full_file()
    closed = _closed(with_log)
    for number in range(count):
        random = Random(f"{seed} {number}")
        files = dict(random.choice((with_log, closed)))
        name = random.choice(
            [name for name in sorted(files) if name in (FILE_NAME, f"{FILE_NAME}-wal")]
        )
        files[name] = _damage(files[name], random)
        with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
            folder = Path(place) / "state"
            lay_out(files, folder)
            _open_damaged(OutboxSettings(path=folder / FILE_NAME), f"{seed} {number}", report)
    return report


def _closed(files: dict[str, bytes]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
        folder = Path(place) / "state"
        lay_out(files, folder)
        Keeping(OutboxSettings(path=folder / FILE_NAME), new_boot=False).close()
        return pick_up(folder)


def _open_damaged(settings: OutboxSettings, what: str, report: DiskReport) -> None:
    report.tried += 1
    keeping = Keeping(settings)
    report.births_gone_back += keeping.birth_number <= 1
    if SET_ASIDE in keeping.reasons:
        report.noticed += 1
        report.rescued.append(len(keeping.pending()))
        if keeping.rescued_untold is None:
            report.wrong.append(f"{what}: not told")
        if not list(settings.path.parent.glob("*.corrupt-1")):
            report.wrong.append(f"{what}: nothing is kept aside")
    keeping.keep([_entry(keeping.birth_number, 1000)])
    newest = (keeping.birth_number, 1000)
    keeping.close()
    again = Keeping(settings)
    if again.pending()[-1].receipt != newest:
        report.lost.append(what)
    again.close()


@contextmanager
def _death_at(step: int) -> Iterator[list[str]]:
    """The process ends before its `step`-th rename or synchronisation of a folder; yields what it had done."""
    done: list[str] = []
    really_rename, really_sync = Path.rename, os.fsync

    def count(what: str) -> None:
        if len(done) >= step:
            raise _DiedError
        done.append(what)

    def rename(self: Path, target: Path) -> Path:
        count(f"{self.name} becomes {Path(target).name}")
        return really_rename(self, target)

    def sync(descriptor: int) -> None:
        count("folder synchronised")
        really_sync(descriptor)

    with mock.patch.object(Path, "rename", rename), mock.patch.object(os, "fsync", sync):
        yield done


class _DiedError(BaseException):
    """Stands for the end of the process."""


def die_while_setting_aside() -> DiskReport:
    """Before each step of the exchange of files: the next start has all that could be rescued, and tells of it."""
    report = DiskReport()
    whole = _rescuable(_damaged_in_the_middle())
    step, died = 0, True
    while died:
        with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
            folder = Path(place) / "state"
            lay_out(_damaged_in_the_middle(), folder)
            settings = OutboxSettings(path=folder / FILE_NAME)
            died = _dies(settings, step)
            keeping = Keeping(settings)
            found = [entry.receipt for entry in keeping.pending()]
            what = f"step {step}"
            report.tried += 1
            if set(whole) - set(found):
                report.lost.append(f"{what}: {len(found)} of {len(whole)}")
            if keeping.birth_number < 2 or keeping.rescued_untold is None:
                report.wrong.append(f"{what}: start {keeping.birth_number}, or not told")
            keeping.close()
        step += 1
    return report


def _dies(settings: OutboxSettings, step: int) -> bool:
    """In a process of its own, which takes its locks with it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with _death_at(step):
                Keeping(settings).close()
            status = 0
        except _DiedError:
            status = _DIED
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    if status not in (0, _DIED):
        raise RuntimeError(f"The process that was to die ended with {status}.")
    return status == _DIED


@functools.cache
def _damaged_in_the_middle() -> dict[str, bytes]:
    """With messages in the log beside it, which belong to it alone."""
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
        folder = Path(place) / "state"
        lay_out(_closed(_full_file()), folder)
        keeping = Keeping(OutboxSettings(path=folder / FILE_NAME), new_boot=False)
        keeping.keep([_entry(1, number) for number in range(ROWS + 1, ROWS + 11)])
        files = pick_up(folder)
        keeping.close()
    content = bytearray(files[FILE_NAME])
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    return {**files, FILE_NAME: bytes(content)}


def _rescuable(files: dict[str, bytes]) -> list[tuple[int, int]]:
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
        folder = Path(place) / "state"
        lay_out(files, folder)
        keeping = Keeping(OutboxSettings(path=folder / FILE_NAME))
        found = [entry.receipt for entry in keeping.pending()]
        keeping.close()
    return found


def told_to_the_fleet() -> int:
    """Events about a file set aside that arrive, where the unit is stopped before it ever had a broker."""
    with (
        tempfile.TemporaryDirectory(prefix="vigil-no-loss-") as place,
        local_broker("mosquitto") as broker,
    ):
        folder = Path(place) / "state"
        lay_out(_damaged_in_the_middle(), folder)
        nobody = quick_settings(1, folder / FILE_NAME)
        first = Telemetry(nobody, "car-7", {})
        first.start()
        first.close(0.5)
        receiver = Receiver(HOST, broker.port)
        second = Telemetry(quick_settings(broker.port, folder / FILE_NAME), "car-7", {})
        second.start()

        def told() -> int:
            return sum(kind == "outbox_set_aside" for (kind,) in receiver.rows("type"))

        receiver.wait_for(lambda: told() > 0 and second.snapshot().queue_depth == 0, 20.0)
        second.close()
        count = told()
        receiver.close()
    return count


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    none = Target("at most", 0)
    progress("refusing disks", 0, 4)
    refused = refuse_everywhere(1 if full else 4)
    progress("damaged files", 1, 4)
    damaged = damage_anywhere(2000 if full else 150, 1)
    progress("damaged files", 2, 4)
    died = die_while_setting_aside()
    progress("damaged files", 3, 4)
    told = told_to_the_fleet()
    noticed = sorted(damaged.rescued)
    return [
        Figure(
            "refusing disk",
            "full, failing, read-only at each operation",
            refused.tried,
            "",
        ),
        Figure("refusing disk", "lost once it had passed", len(refused.lost), "", target=none),
        Figure("refusing disk", "otherwise wrong", len(refused.wrong), "", target=none),
        Figure("damaged file", "tried", damaged.tried, ""),
        Figure("damaged file", "set aside", damaged.noticed, "", n=damaged.tried),
        Figure(
            "damaged file",
            f"rescued of {ROWS}, median",
            float(noticed[len(noticed) // 2]),
            "",
            low=float(noticed[0]),
            high=float(noticed[-1]),
            n=len(noticed),
        ),
        Figure("damaged file", "new messages lost", len(damaged.lost), "", target=none),
        Figure("damaged file", "not told, or not kept aside", len(damaged.wrong), "", target=none),
        Figure(
            "damaged file",
            "numbers of starts begun anew",
            damaged.births_gone_back,
            "",
            n=damaged.tried,
            target=none,
        ),
        Figure(
            "damaged file",
            "deaths while setting aside",
            died.tried,
            "",
            note="before each rename and synchronisation",
        ),
        Figure("damaged file", "lost by those", len(died.lost) + len(died.wrong), "", target=none),
        Figure(
            "damaged file",
            "events about it that arrived",
            told,
            "",
            target=Target("at least", 1),
            note="the unit was stopped before it had a broker",
        ),
    ]
