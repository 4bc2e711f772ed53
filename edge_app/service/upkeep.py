"""What the loop does for its own survival at every turn: feeds the watchdogs, looks less often when hot or overloaded.

Belongs to the loop's thread, save `doing`, which the guard reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from edge_app.service.begin_anew import BegunAnew
from edge_app.service.pace import Pace
from edge_app.service.stall_guard import StallGuard
from edge_app.service.systemd import ServiceManager
from edge_app.telemetry.health import temperature_celsius

_JUDGE_S = 1.0
_TOLD_S = 60.0  # so long the fleet hears that the program has begun anew


class Upkeep:
    """Told by the loop what it does and that it has come round."""

    def __init__(
        self,
        pace: Pace,
        manager: ServiceManager,
        guard: StallGuard | None = None,
        begun_anew: BegunAnew | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        thermometer: Callable[[], float | None] = temperature_celsius,
    ) -> None:
        self.doing = "start"
        self._pace = pace
        self._manager = manager
        self._guard = guard
        self._begun_anew = begun_anew
        self._clock = clock
        self._thermometer = thermometer
        self._judge_s = -float("inf")

    def turned(self, taken: int, overwritten: int) -> None:
        """The loop has come round. Counts of frames since the start."""
        self._manager.alive()
        if self._guard is not None:
            self._guard.turned()
        now_s = self._clock()
        if now_s >= self._judge_s:
            self._judge_s = now_s + _JUDGE_S
            self._pace.judge(now_s, self._thermometer(), taken, overwritten)

    def admits(self, t_s: float) -> bool:
        """Whether the frame of this time is looked at."""
        return self._pace.admits(t_s)

    @property
    def reasons(self) -> tuple[str, ...]:
        """For the fleet, one word each."""
        last = self._begun_anew
        lately = last is not None and self._clock() - last.at_s < _TOLD_S
        return (*self._pace.reasons, *((f"restarted_{last.why}",) if lately and last else ()))
