"""Time for telemetry that runs faster than the world's and can be set: hours of outage in seconds.

It stands in place of the module `time` in those rooms of telemetry that time messages; the network keeps real time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from unittest import mock

from edge_app.telemetry import clock, courier, health


class FastClock:
    """What the rooms use of the module `time`."""

    def __init__(self, pace: float = 1.0, synchronised: bool = True) -> None:
        self.pace = pace
        self.synchronised = synchronised
        self.wall_step_s = 0.0  # what somebody has set the wall clock by
        self._begun_s = time.monotonic()
        self._wall_begun_s = time.time()

    def monotonic(self) -> float:
        return self._begun_s + (time.monotonic() - self._begun_s) * self.pace

    def time(self) -> float:
        return self._wall_begun_s + self.monotonic() - self._begun_s + self.wall_step_s

    def sleep(self, duration_s: float) -> None:
        time.sleep(duration_s / self.pace)

    def process_time(self) -> float:
        return time.process_time()

    @contextlib.contextmanager
    def reigning(self) -> Iterator[FastClock]:
        with contextlib.ExitStack() as stack:
            for room in (clock, courier, health):
                stack.enter_context(mock.patch.object(room, "time", self))
            stack.enter_context(
                mock.patch.object(clock, "clock_synchronised", lambda: self.synchronised)
            )
            yield self
