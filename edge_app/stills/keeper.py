"""The thread of event stills: obscures, encodes, seals and writes them, deletes old ones, hands them to the link.

Whatever fails here costs a still, is counted and told, and never an alert or an event.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from edge_app.stills.contents import packed
from edge_app.stills.shelf import StillShelf
from edge_app.stills.taker import TakenStill
from edge_app.telemetry.clock import Instant

_log = logging.getLogger(__name__)

_WAITING = 4
_TURN_S = 0.5
_CLEARED_EVERY_S = 60.0
_CLOSE_WAITS_S = 2.0


class Sealer(Protocol):
    """`Recipient`."""

    def sealed(self, name: str, dated_s: float, plain: bytes) -> bytes: ...


class Carrier(Protocol):
    """`StillCarrier`."""

    def step(self, now: Instant) -> None: ...

    def take_acknowledgements(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StillCounts:
    """Since the start."""

    kept: int = 0
    dropped: int = 0  # the disk refused, or more came than could be written


class StillKeeper:
    """`offer` from any thread; everything else happens in its own."""

    def __init__(
        self,
        shelf: StillShelf,
        recipient: Sealer,
        vehicle: str,
        clock: Callable[[], Instant],
        carrier: Carrier | None = None,
    ) -> None:
        self._shelf = shelf
        self._recipient = recipient
        self._vehicle = vehicle
        self._clock = clock
        self._carrier = carrier
        self.counts = StillCounts()
        self.failing = False
        self._count_lock = threading.Lock()
        self._cleared_s = -float("inf")
        self._taken: queue.Queue[TakenStill | None] = queue.Queue(_WAITING)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-stills", daemon=True)
        self._thread.start()

    def offer(self, still: TakenStill) -> None:
        """Never waits: dropped where too many wait already."""
        try:
            self._taken.put_nowait(still)
        except queue.Full:
            self._drop("more come than can be written")

    def close(self) -> None:
        """Write what waits. May be called twice."""
        self._closing.set()
        self._thread.join(_CLOSE_WAITS_S)

    def _run(self) -> None:
        while not (self._closing.is_set() and self._taken.empty()):
            try:
                still = self._taken.get(timeout=_TURN_S if not self._closing.is_set() else 0.01)
            except queue.Empty:
                still = None
            if still is not None:
                self._attempt(lambda: self._keep(still), costs_one=True)  # noqa: B023 - called at once
            self._attempt(self._clear)
            if self._carrier is not None and not self._closing.is_set():
                self._attempt(self._carry)
        if self._carrier is not None:
            self._attempt(self._carrier.take_acknowledgements)

    def _keep(self, still: TakenStill | None) -> None:
        assert still is not None
        now = self._clock()
        event = still.event
        plain = packed(
            {
                "vehicle": self._vehicle,
                "type": event.type.value,
                "level": None if event.level is None else event.level.word,
                "t_s": round(event.t_s, 4),
                "onset_s": round(event.onset_s, 4),
                "time": now.wall.isoformat(timespec="seconds"),
                "clock_synchronised": now.synchronised,
            },
            still.pictures,
        )
        dated_s = self._shelf.dating.not_later_than(now)
        sealed = self._recipient.sealed(still.name, dated_s, plain)
        self._shelf.put(still.name, sealed, dated_s, now)
        self.failing = False
        with self._count_lock:
            self.counts = replace(self.counts, kept=self.counts.kept + 1)

    def _clear(self) -> None:
        now = self._clock()
        if now.monotonic_s - self._cleared_s >= _CLEARED_EVERY_S:
            self._cleared_s = now.monotonic_s
            self._shelf.clear(now)

    def _carry(self) -> None:
        if self._carrier is not None:
            self._carrier.step(self._clock())

    def _attempt(self, work: Callable[[], None], *, costs_one: bool = False) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - logged, counted; watching the driver matters more
            sentence = " ".join(str(error).split()) or type(error).__name__
            if costs_one:
                self._drop(sentence)
            else:
                self._tell(sentence)

    def _drop(self, why: str) -> None:
        self._tell(why)
        with self._count_lock:
            self.counts = replace(self.counts, dropped=self.counts.dropped + 1)

    def _tell(self, why: str) -> None:
        if not self.failing:
            _log.error("event stills: %s", why)
        self.failing = True
