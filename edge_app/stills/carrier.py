"""Carries sealed stills to the fleet, one at a time and only while nothing else wants the link.

A still is deleted once the broker has it. One that was under way when the connection ended is sent again later, and
later still if that happens again: a broker that hangs up on a large message must not cost the events their link.
"""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import Protocol

from edge_app.stills.shelf import StillShelf
from edge_app.telemetry.clock import Instant

_FIRST_WAIT_S = 60.0
_LONGEST_WAIT_S = 3600.0


class Link(Protocol):
    """`Telemetry`."""

    @property
    def connection_number(self) -> int:
        """Counts connections; 0 before the first."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Connected, and nothing waits or is under way."""
        ...

    def send_still(
        self, name: str, sealed: bytes, taken: queue.SimpleQueue[str], connection_number: int
    ) -> None:
        """For this connection only. Its name is put into `taken` when the broker has it. Never waits."""
        ...


@dataclass(frozen=True, slots=True)
class _UnderWay:
    name: str
    connection_number: int


class StillCarrier:
    """Belongs to the thread of stills."""

    def __init__(self, link: Link, shelf: StillShelf) -> None:
        self._link = link
        self._shelf = shelf
        self._taken: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._under_way: _UnderWay | None = None
        self._lost = 0  # connections that ended with a still under way, one after the other
        self._not_before_s = -float("inf")
        self.sent = 0

    def step(self, now: Instant) -> None:
        """Raises OSError where the disk refuses."""
        self.take_acknowledgements()
        number = self._link.connection_number
        under_way = self._under_way
        if under_way is not None and number != under_way.connection_number:
            self._under_way = None
            wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(self._lost, 10))
            self._lost += 1
            self._not_before_s = now.monotonic_s + wait_s
        if self._under_way is None and now.monotonic_s >= self._not_before_s:
            self._send_next(number)

    def _send_next(self, number: int) -> None:
        waiting = self._shelf.sendable()
        if not waiting or not self._link.is_quiet:
            return
        name = waiting[0].name
        try:
            sealed = self._shelf.sealed(name)
        except FileNotFoundError:  # somebody deleted it
            self._shelf.forget(name)
            return
        self._under_way = _UnderWay(name, number)
        self._link.send_still(name, sealed, self._taken, number)

    def take_acknowledgements(self) -> None:
        """Delete what the broker has. Raises OSError where the disk refuses."""
        while not self._taken.empty():
            name = self._taken.get_nowait()
            self._shelf.forget(name)
            self.sent += 1
            self._lost = 0
            if self._under_way is not None and self._under_way.name == name:
                self._under_way = None
