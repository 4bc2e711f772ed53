"""Records every moment of the watch: the loop hands it over in memory, a thread of its own writes it.

The loop never waits for the disk. Where that is too slow or refuses, moments are left out, counted and told, and a new
file begins with all that was known by then: what is in one file can always be replayed without a gap.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge_app.judgement import DriverJudge, Judgement, Moment
from edge_app.telemetry.clock import Instant
from edge_app.trace.folder import TraceFolder
from edge_app.trace.log_time import LogTime
from edge_app.trace.messages import SnapshotMessage
from edge_app.trace.opening import Opening, Origin
from edge_app.trace.settings import TraceSettings
from edge_app.trace.snapshot import Json, Settings, as_text, capture
from edge_app.trace.trace_file import TracedMoment, TraceFile

_log = logging.getLogger(__name__)

_WAITING = 300  # moments in memory: ten seconds at 30 frames/s
_IDLE_S = 1.0
# A thread that wakes for every frame costs more than what it writes; one that wakes seldom holds the loop up for long.
_GATHER_S = 0.2
_CLOSE_WAITS_S = 10.0
_RETRY_S = 30.0  # of frame time, after the disk has refused
_SPARE_BYTES = 400_000  # of a file, for what is still in memory when it is full, and for its index


@dataclass(frozen=True, slots=True)
class _NewFile:
    """What a new file begins with."""

    snapshot: Json
    last_s: float | None
    first_step: int
    dropped: int


class TraceRecorder:
    """`Tracer` of a `DriverMonitor`. Its methods are called from one thread, save `failing` and `told`."""

    def __init__(
        self,
        folder: Path,
        settings: TraceSettings,
        origin: Origin,
        judged_by: Settings,
        *,
        now: Callable[[], Instant],
        may_wait: bool = False,
    ) -> None:
        """`judged_by`: settings of the judge. `may_wait`: no camera is behind it, so nothing need be left out."""
        self._judged_by = judged_by
        self._may_wait = may_wait
        self._file_s = 60.0 * settings.file_minutes
        self._queue: queue.Queue[_NewFile | TracedMoment | None] = queue.Queue(_WAITING)
        self._thread_part = _Writing(folder, settings, origin, now)
        self._begun = False
        self._broken = False
        self._lost = False  # the state is not in the files any more: only a new one helps
        self._restarted = False
        self._steps = self._dropped = 0
        self._last_s: float | None = None
        self._elapsed_s = 0.0
        self._retried_s = 0.0
        self._thread = threading.Thread(
            target=self._thread_part.run,
            args=(self._queue, 0.0 if may_wait else _GATHER_S),
            name="trace",
            daemon=True,
        )
        self._thread.start()

    @property
    def failing(self) -> bool:
        """Moments are being lost now."""
        return self._broken or self._lost or self._thread_part.failure is not None

    @property
    def dropped(self) -> int:
        """Moments that are in no file."""
        return self._dropped + self._thread_part.discarded

    def begin(self, judge: DriverJudge) -> None:
        self._restarted = self._begun
        if not self._begun:
            self._begun = True
            self._begin_file(judge)

    def judged(self, moment: Moment, judgement: Judgement, judge: DriverJudge) -> None:
        number = self._steps
        self._steps += 1
        t_s = moment.signals.t_s
        passed_s = 0.0 if self._last_s is None else max(0.0, t_s - self._last_s)
        self._last_s = t_s
        self._elapsed_s += passed_s
        if self._broken:
            self._dropped += 1
            return
        traced = TracedMoment(number, self._restarted, moment, judgement)
        if self._lost or not self._put(traced):
            self._dropped += 1
            if not self._lost:
                _log.warning("trace: the disk is too slow; moments are left out")
            self._lost = True
            self._begin_file(judge)
            return
        self._restarted = False
        if self._thread_part.failure is not None:
            self._retried_s += passed_s
            if self._retried_s >= _RETRY_S:
                self._begin_file(judge)
        elif self._elapsed_s >= self._file_s or self._thread_part.full.is_set():
            self._begin_file(judge)

    def close(self) -> None:
        """Finish the file. May be called twice."""
        self._thread_part.hurry()
        try:
            self._queue.put(None, timeout=_CLOSE_WAITS_S)
        except queue.Full:
            _log.error("trace: the disk does not answer; the end of the trace is lost")
            return
        self._thread.join(_CLOSE_WAITS_S)

    def told(self) -> str:
        """A sentence on what has been written."""
        part = self._thread_part
        left_out = f"; {self.dropped} moments could not be recorded" if self.dropped else ""
        files = "1 file" if part.files == 1 else f"{part.files} files"
        return f"trace: {files} in {part.folder.path}{left_out}"

    def _begin_file(self, judge: DriverJudge) -> None:
        try:
            snapshot = capture(judge, self._judged_by)
        except Exception as error:  # noqa: BLE001 - logged, told in `status`; the cabin must hear what was judged
            _log.error("trace stopped: what the driver was judged by cannot be saved (%s)", error)
            self._broken = True
            return
        if self._put(_NewFile(snapshot, judge.last_s, self._steps, self._dropped)):
            self._lost = self._restarted = False
            self._elapsed_s = self._retried_s = 0.0
            self._thread_part.full.clear()

    def _put(self, item: _NewFile | TracedMoment) -> bool:
        try:
            self._queue.put(item, block=self._may_wait)
        except queue.Full:
            return False
        return True


class _Writing:
    """The thread's own part: files, one after the other."""

    def __init__(
        self,
        folder: Path,
        settings: TraceSettings,
        origin: Origin,
        now: Callable[[], Instant],
    ) -> None:
        self.folder = TraceFolder(folder, round(1e6 * settings.total_mb))
        self._file_bytes = round(1e6 * settings.file_mb)
        self._sync_s = settings.sync_s
        self._origin = origin
        self._now = now
        self._log_time = LogTime()
        self._file: TraceFile | None = None
        self._due: _NewFile | None = (
            None  # begun with its first moment: an end leaves no empty file
        )
        self._next_step = 0
        self._synced_s = 0.0
        self._told_full = False
        self.files = 0
        self.discarded = 0
        self.full = threading.Event()
        self._closing = threading.Event()
        self.failure: str | None = None

    def run(self, waiting: queue.Queue[_NewFile | TracedMoment | None], gather_s: float) -> None:
        """Until None comes. `gather_s`: how long moments may gather before they are written together."""
        while True:
            if waiting.empty():
                self._closing.wait(gather_s)
            try:
                item = waiting.get(timeout=_IDLE_S)
            except queue.Empty:
                self._try(self._settle)
                continue
            if item is None:
                self._try(self._finish)
                return
            if isinstance(item, _NewFile):
                self._try(self._finish)
                self._due, self._next_step = item, item.first_step
            elif (self._file is None and self._due is None) or not self._try(
                partial(self._add, item)
            ):
                self.discarded += 1

    def hurry(self) -> None:
        """What waits is the last: write it now."""
        self._closing.set()

    def _add(self, traced: TracedMoment) -> None:
        if traced.number != self._next_step:
            raise ValueError(f"moment {self._next_step} is missing")
        self._next_step += 1
        if self._file is None:
            self._open(traced)
        assert self._file is not None
        if self._file.add(traced, self._log_time.at(traced.t_s)):
            if traced.t_s < self._synced_s or traced.t_s - self._synced_s >= self._sync_s:
                self._file.sync()
                self._synced_s = traced.t_s
            if self._file.size_bytes >= self._file_bytes - _SPARE_BYTES and not self._told_full:
                self._told_full = True
                self.full.set()
            self.failure = None

    def _open(self, first: TracedMoment) -> None:
        due, self._due = self._due, None
        assert due is not None
        now = self._now()
        self.folder.path.mkdir(parents=True, exist_ok=True)
        self._log_time.begin(first.t_s, now, afresh=first.restarted)
        self.folder.make_room(self._file_bytes)
        self._file = TraceFile(
            self.folder.new_path(now.wall),
            Opening(
                origin=self._origin,
                file_number=self.files,
                first_step=due.first_step,
                dropped_before=due.dropped + self.discarded,
                opened_at=now.wall.isoformat(timespec="seconds"),
                clock_synchronised=now.synchronised,
            ),
            SnapshotMessage(due.last_s, as_text(due.snapshot)),
            self._log_time.at(first.t_s),
        )
        self.files += 1
        self._told_full = False
        self._synced_s = first.t_s

    def _settle(self) -> None:
        """Nothing comes: what is there must not wait for it."""
        if self._file is not None:
            self._file.close_chunk()

    def _finish(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.finish()

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - logged, counted, told in `status`
            # A full or broken disk must not end the watch; after a while a new file is tried.
            if self.failure is None:
                _log.error("trace: cannot be written (%s)", error)
            self.failure = str(error)
            self._due = None
            file, self._file = self._file, None
            if file is not None:
                file.abandon()
            return False
        return True
