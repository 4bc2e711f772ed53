"""Where commands wait between the MQTT thread, which only lays them down, and the thread that carries them out."""

from __future__ import annotations

import queue
from dataclasses import dataclass

WAITING = 32


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message on a command topic, as the broker delivered it."""

    topic: str
    payload: bytes  # empty where it was larger than allowed
    size_bytes: int
    retained: bool = False
    response_topic: str | None = None  # MQTT 5
    correlation: bytes | None = None  # MQTT 5


class CommandInbox:
    """Bounded: what does not fit is dropped and counted, so that a flood costs neither memory nor time."""

    def __init__(self, max_bytes: int, waiting: int = WAITING) -> None:
        self._max_bytes = max_bytes
        self._queue: queue.Queue[Arrived | None] = queue.Queue(waiting)
        self.dropped = 0

    def lay_down(
        self,
        topic: str,
        payload: bytes,
        *,
        retained: bool = False,
        response_topic: str | None = None,
        correlation: bytes | None = None,
    ) -> None:
        """Never waits."""
        size = len(payload)
        kept = payload if size <= self._max_bytes else b""
        try:
            self._queue.put_nowait(
                Arrived(topic, kept, size, retained, response_topic, correlation)
            )
        except queue.Full:
            self.dropped += 1

    def take(self, timeout_s: float) -> Arrived | None:
        """None when nothing came, or `wake` was called."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def wake(self) -> None:
        """For whoever waits in `take` to look up."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            # Then nobody waits.
            return
