"""The clocks of publication: monotonic and wall time, and whether the kernel calls the wall clock synchronised.

A car has no battery-backed clock: after a start without network the wall time is wrong, and messages say so.
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from datetime import datetime, timezone

TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
TIMEX_BYTES = (
    256  # struct timex is 208 bytes on 64-bit machines; zeroed, it asks and changes nothing
)


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks."""

    monotonic_s: float
    wall_s: float
    synchronised: bool

    @property
    def wall(self) -> datetime:
        return datetime.fromtimestamp(self.wall_s, timezone.utc)


def _load_adjtimex() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None


_ADJTIMEX = _load_adjtimex()


def clock_synchronised() -> bool:
    """What the kernel knows from NTP, PTP or GPS; False where it cannot be asked."""
    if _ADJTIMEX is None:
        return False
    answer: int = _ADJTIMEX(ctypes.create_string_buffer(TIMEX_BYTES))
    return 0 <= answer < TIME_ERROR


def now() -> Instant:
    return Instant(time.monotonic(), time.time(), clock_synchronised())


def time_of_day_h() -> float | None:
    """Local hours since midnight, 0..24; None where the wall clock is not to be trusted."""
    if not clock_synchronised():
        return None
    local = time.localtime()
    return local.tm_hour + local.tm_min / 60
