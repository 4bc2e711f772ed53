"""Power cuts and deaths after every single write and synchronisation of the outbox, over lives of many kinds.

A life is a start of `Keeping`, seeded work, and an end. After each cut the files are opened again by `Keeping` and the
standard library's SQLite; what is found must be the state after the last call that had returned, or after the one
that was under way. Lives follow one another over what a cut left of the last one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from benchmarks.figures import Figure, Target
from benchmarks.no_loss.logged_sqlite import logging_to
from benchmarks.no_loss.written_disk import Platter, Survival, WrittenDisk, lay_out
from edge_app.telemetry.keeping import FULL, Keeping
from edge_app.telemetry.outbox import Entry, Importance, Receipt
from edge_app.telemetry.settings import OutboxSettings
from edge_app.telemetry.ulid import encode

FILE_NAME = "outbox.sqlite"
QUICK_DISK = Path("/dev/shm")
SURVIVALS: tuple[Survival, ...] = ("none", "some", "all")
SHORT_BYTES, LONG_BYTES = 500, 64_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What a life does."""

    name: str
    steps: int
    capacity_rows: int = 100_000
    gauges: float = 0.0  # share of the steps that store a batch of gauges
    acknowledged: float = 0.4  # share of the steps in which the broker acknowledges some
    payload_bytes: int = SHORT_BYTES


KINDS = (
    Kind("events", 60),
    Kind("gauges", 30, gauges=0.4),
    Kind("full", 50, capacity_rows=20, gauges=0.3, acknowledged=0.1),
    Kind("checkpoints", 90, payload_bytes=LONG_BYTES),
)


@dataclass(frozen=True, slots=True)
class State:
    """What the outbox holds after a call."""

    waiting: dict[Receipt, bytes]
    acknowledged: frozenset[Receipt]
    given_up: int  # safety events, observations and gauges that found no room
    birth_number: int  # highest ever told to anybody


NOTHING = State({}, frozenset(), 0, 0)


@dataclass(frozen=True, slots=True)
class Call:
    """One call to `Keeping`, by how long the log was before and after it."""

    begun: int
    returned: int
    after: State


@dataclass(slots=True)
class Life:
    disk: WrittenDisk
    settings: OutboxSettings
    before: State
    calls: list[Call] = field(default_factory=list)

    def allowed(self, instant: int) -> list[State]:
        """The states a cut may leave; the last call's alone unless another was under way."""
        states = [self.before]
        for call in self.calls:
            if call.returned <= instant:
                states = [call.after]
            elif call.begun < instant:
                states.append(call.after)
        return states


@dataclass(slots=True)
class CutReport:
    """What the cuts showed."""

    cuts: int = 0  # of power
    deaths: int = 0  # of the process alone: every write arrives
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # any other difference

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.wrong)


class Liver:
    """Lives one life on a disk that logs."""

    def __init__(self, kind: Kind, seed: int, found: dict[str, bytes], before: State) -> None:
        self._kind = kind
        self._seed = seed
        self._random = Random(seed)
        self._found = found
        self._before = before

    def live(self) -> Life:
        with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
            folder = Path(place) / "state"
            lay_out(self._found, folder)
            settings = OutboxSettings(
                path=folder / FILE_NAME, capacity_rows=self._kind.capacity_rows
            )
            life = Life(WrittenDisk(self._found), settings, self._before)
            with logging_to(life.disk, folder):
                self._work(life)
        return life

    def _work(self, life: Life) -> None:
        kept: list[Keeping] = []
        acknowledged = set(self._before.acknowledged)

        def call(action: Callable[[], object]) -> None:
            begun = len(life.disk.log)
            action()
            (keeping,) = kept
            waiting = {entry.receipt: entry.payload for entry in keeping.pending()}
            report = keeping.report()
            given_up = (
                report.dropped_gauges + report.dropped_observations + report.dropped_safety_events
            )
            state = State(waiting, frozenset(acknowledged), given_up, keeping.birth_number)
            life.calls.append(Call(begun, len(life.disk.log), state))

        call(lambda: kept.append(Keeping(life.settings)))
        keeping = kept[0]
        sequence = 0
        for _ in range(self._kind.steps):
            draw = self._random.random()
            if draw < self._kind.acknowledged:
                oldest = [entry.receipt for entry in keeping.pending(limit=20)]
                taken = oldest[: self._random.randint(1, 5)]
                acknowledged.update(taken)
                call(partial(keeping.forget, taken))
                continue
            batch = draw > 1.0 - self._kind.gauges
            entries = []
            for _ in range(self._random.randint(2, 30) if batch else 1):
                sequence += 1
                entries.append(self._entry(keeping.birth_number, sequence, batch))
            call(partial(keeping.keep, entries))
        begun = len(life.disk.log)
        last = life.calls[-1].after
        keeping.close()
        life.calls.append(Call(begun, len(life.disk.log), last))

    def _entry(self, birth_number: int, sequence: int, is_gauge: bool) -> Entry:
        safety = self._random.random() < 0.7
        importance = (
            Importance.GAUGE
            if is_gauge
            else (Importance.SAFETY if safety else Importance.OBSERVATION)
        )
        number = (self._seed << 64) | (birth_number << 32) | sequence
        size = self._random.randint(1, self._kind.payload_bytes)
        payload = json.dumps({"id": encode(number), "filler": "x" * size}).encode()
        topic = "vigil/v1/car-7/" + ("health" if is_gauge else "event")
        return Entry(birth_number, sequence, importance, topic, payload, 0.0, True)


def check(life: Life, found: dict[str, bytes], instant: int, report: CutReport, what: str) -> State:
    """Open what a cut left, as the next start would, and hold it against what may be there."""
    allowed = life.allowed(instant)
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
        folder = Path(place) / "state"
        lay_out(found, folder)
        settings = life.settings.model_copy(update={"path": folder / FILE_NAME})
        keeping = Keeping(settings)
        waiting = {entry.receipt: entry.payload for entry in keeping.pending()}
        told = keeping.report()
        reasons = set(keeping.reasons) - {FULL}
        keeping.close()
        given_up = told.dropped_gauges + told.dropped_observations + told.dropped_safety_events
        birth_number = keeping.birth_number
    promised = allowed[0]
    for receipt in promised.waiting.keys() - waiting.keys():
        # Gone by right where the call under way removed it.
        if not any(receipt not in state.waiting for state in allowed[1:]):
            report.lost.append(f"{what}: {receipt}")
    receiver: dict[str, Receipt] = {}
    for receipt, payload in waiting.items():
        name = json.loads(payload)["id"]
        if receiver.setdefault(name, receipt) != receipt or receipt in promised.acknowledged:
            report.twice.append(f"{what}: {receipt}")
    if not any(waiting == state.waiting and given_up == state.given_up for state in allowed):
        report.wrong.append(f"{what}: neither the state before the call under way nor after it")
    if birth_number <= promised.birth_number:
        report.wrong.append(f"{what}: start {birth_number} was there before")
    if reasons:
        report.wrong.append(f"{what}: {', '.join(sorted(reasons))}")
    return State(waiting, allowed[-1].acknowledged, given_up, birth_number)


def lives(seed: int, count: int) -> Iterator[tuple[str, Life]]:
    """One life of each kind after another, each over what a cut somewhere left of the last."""
    random = Random(seed)
    found: dict[str, bytes] = {}
    before = NOTHING
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        life = Liver(kind, seed * 1000 + number, found, before).live()
        yield kind.name, life
        instant = random.randrange(len(life.disk.log) + 1)
        platter = Platter(life.disk)
        platter.advance(instant)
        found = platter.cut(random.choice(SURVIVALS), random)
        states = life.allowed(instant)
        with tempfile.TemporaryDirectory(dir=QUICK_DISK) as place:
            before = _state_found(life, Path(place), found, states)


def _state_found(life: Life, place: Path, found: dict[str, bytes], states: list[State]) -> State:
    """Which of the states a cut may leave is there; `found` stays as it is."""
    lay_out(found, place)
    keeping = Keeping(life.settings.model_copy(update={"path": place / FILE_NAME}), new_boot=False)
    waiting = {entry.receipt: entry.payload for entry in keeping.pending()}
    keeping.close()
    return next((state for state in states if state.waiting == waiting), states[0])


def sweep(
    seed: int,
    life_count: int,
    *,
    every: int = 1,
    survivals: tuple[Survival, ...] = SURVIVALS,
    progress: Callable[[int], None] = lambda cuts: None,
) -> CutReport:
    """Cut each life after every `every`-th operation, in each way of surviving."""
    report = CutReport()
    for number, (kind, life) in enumerate(lives(seed, life_count)):
        platter = Platter(life.disk)
        for instant in range(number % every, len(life.disk.log) + 1, every):
            platter.advance(instant)
            for survival in survivals:
                random = Random(f"{seed} {number} {instant} {survival}")
                found = platter.cut(survival, random)
                what = f"seed {seed}, life {number} ({kind}), operation {instant}, {survival}"
                check(life, found, instant, report, what)
                if survival == "all":
                    report.deaths += 1
                else:
                    report.cuts += 1
                progress(report.cuts + report.deaths)
    return report


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    every = 1 if full else 7
    expected = 16_000 // every
    report = sweep(1, 8, every=every, progress=lambda n: progress("power cuts", n, expected))
    none = Target("at most", 0)
    part = "power cut"
    note = "after every write and synchronisation" if full else f"after every {every}th operation"
    return [
        Figure(
            part, "cuts", report.cuts, "", target=Target("at least", 2000 if full else 1), note=note
        ),
        Figure(part, "deaths between two writes", report.deaths, "", note="every write arrives"),
        Figure(part, "committed, then lost", len(report.lost), "", target=none),
        Figure(part, "twice after the insert by id", len(report.twice), "", target=none),
        Figure(
            part,
            "neither before nor after the call",
            len(report.wrong),
            "",
            target=none,
            note="also a start counted twice, or a file found corrupt",
        ),
    ]
