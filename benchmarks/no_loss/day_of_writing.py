"""What a day of messages writes to the disk, and how long its commits take: the loss window at a power cut."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.figures import Figure, Target
from benchmarks.no_loss.posted import marked_event
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.event_message import envelope
from edge_app.telemetry.health import HealthReporter, LoopHealth
from edge_app.telemetry.keeping import Keeping
from edge_app.telemetry.outbox import Entry, Importance
from edge_app.telemetry.settings import OutboxSettings
from edge_app.telemetry.ulid import UlidMaker

GAUGES_A_DAY, EVENTS_A_DAY = 1440, 200
MOST_BYTES = 60e6
IO_COUNTERS = Path("/proc/self/io")
_LOOP = LoopHealth(29.97, 107_892, 12, 4.21, 6.03, 9.18, "student-int8-2026-11")


@dataclass(frozen=True, slots=True)
class Day:
    """A day's messages went through the outbox."""

    written_bytes: int  # that this process gave to the disk, in whole pages
    file_bytes: int  # the outbox and its log, at their largest
    commit_p50_s: float
    commit_p99_s: float


class _Messages:
    """The real messages, numbered as the telemetry thread does."""

    def __init__(self, keeping: Keeping, path: Path) -> None:
        self._birth_number = keeping.birth_number
        self._keeping = keeping
        self._ulids = UlidMaker()
        self._boot_id = self._ulids.make(time.time())
        versions = {"vigil": "0.0.0", "python": "3.11.7", "paho-mqtt": "2.1.0"}
        self._reporter = HealthReporter(path, versions, self._boot_id, self._birth_number)
        self._sequence = 0

    def gauge(self) -> Entry:
        self._sequence += 1
        now = _now()
        message = self._reporter.compose(now, _LOOP, self._keeping.report())
        numbered = message.model_copy(update={"sequence": self._sequence})
        return self._entry("health", numbered.encoded(), Importance.GAUGE, now)

    def event(self) -> Entry:
        self._sequence += 1
        now = _now()
        message = envelope(
            marked_event(str(self._sequence), now.monotonic_s),
            ulid=self._ulids.make(now.wall_s),
            source="vigil/v1/car-7",
            vehicle="car-7",
            posted=now,
            boot_id=self._boot_id,
            birth_number=self._birth_number,
            sequence=self._sequence,
        )
        return self._entry("event", message.encoded(), Importance.SAFETY, now)

    def _entry(self, name: str, payload: bytes, importance: Importance, now: Instant) -> Entry:
        topic = f"vigil/v1/car-7/{name}"
        number = self._sequence
        return Entry(self._birth_number, number, importance, topic, payload, now.monotonic_s, True)


def _now() -> Instant:
    return Instant(time.monotonic(), time.time(), True)


def one_day(connected: bool, seed: int, progress: Callable[[int], None], share: float = 1.0) -> Day:
    """Gauges minute by minute with events between; acknowledged at once, or all together at the end."""
    gauges, events = round(GAUGES_A_DAY * share), round(EVENTS_A_DAY * share)
    kinds = [Importance.GAUGE] * gauges + [Importance.SAFETY] * events
    Random(seed).shuffle(kinds)
    with tempfile.TemporaryDirectory(prefix="vigil-no-loss-") as place:
        path = Path(place) / "outbox.sqlite"
        before = _given_to_the_disk()
        keeping = Keeping(OutboxSettings(path=path))
        messages = _Messages(keeping, path)
        largest = 0
        for number, kind in enumerate(kinds):
            entry = messages.gauge() if kind is Importance.GAUGE else messages.event()
            keeping.keep([entry])
            if connected:
                keeping.forget([entry.receipt])
            largest = max(largest, sum(file.stat().st_size for file in Path(place).iterdir()))
            progress(number)
        while waiting := keeping.pending(limit=20):
            keeping.forget([entry.receipt for entry in waiting])
        p50_s, p99_s = keeping.commit_time_s(0.5), keeping.commit_time_s(0.99)
        keeping.close()
        written = _given_to_the_disk() - before
    assert p50_s is not None and p99_s is not None
    return Day(written, largest, p50_s, p99_s)


def _given_to_the_disk() -> int:
    lines = IO_COUNTERS.read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    del full  # a day is a day
    part = "writes"
    figures = []
    messages = GAUGES_A_DAY + EVENTS_A_DAY
    for connected, name in ((True, "connected all day"), (False, "away all day")):
        day = one_day(connected, 1, lambda n, name=name: progress(name, n, messages))  # type: ignore[misc]
        figures += [
            Figure(
                part,
                f"a day, {name}",
                day.written_bytes / 1e6,
                "MB",
                n=messages,
                target=Target("at most", MOST_BYTES / 1e6),
                note="given to the disk by the process (/proc/self/io); without the file system's own journal"
                if day.written_bytes
                else "memory takes the place of the disk here: nothing was written",
            ),
            Figure(part, "files at their largest", day.file_bytes / 1e6, "MB"),
            Figure(part, "commit p50", day.commit_p50_s * 1e3, "ms"),
            Figure(part, "commit p99: the loss window", day.commit_p99_s * 1e3, "ms", n=1000),
        ]
    return figures
