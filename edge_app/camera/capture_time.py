"""When a picture was taken, on the one monotonic clock of the program.

`SensorClock` takes stamps of a driver, whatever clock of this machine they come from; `StreamClock` takes stamps
that only count from the start of a network stream.
"""

from __future__ import annotations

import time

_PLAUSIBLE_AGE_S = 60.0
_FUTURE_S = 0.1  # by which a stamp may lie ahead of its clock
_DRIFT = (
    1e-3  # seconds per second by which the sender's clock may run slow before delay is read into it
)


class SensorClock:
    """Driver stamps -> CLOCK_MONOTONIC seconds.

    V4L2 stamps with CLOCK_MONOTONIC as a rule, libcamera documents CLOCK_BOOTTIME, and uvcvideo can be told to use
    the wall clock: the first stamp decides which it is, and a stamp that cannot be of that clock decides anew, since
    the wall clock may be set and the others part when the machine sleeps. A stamp near none of them is worth nothing:
    its frame gets the time of reception.
    """

    def __init__(self) -> None:
        self._clock_id: int | None = None

    def to_monotonic_s(self, stamp_s: float) -> float:
        now_s = time.monotonic()
        if self._clock_id is None or not _may_be_of(self._clock_id, stamp_s):
            other = _clock_of(stamp_s)
            # Clocks that nobody sets cannot lie: on them, an old frame is an old frame.
            if other is not None or self._clock_id == time.CLOCK_REALTIME:
                self._clock_id = other
        if self._clock_id is None or not stamp_s > 0.0:
            return now_s
        age_s = time.clock_gettime(self._clock_id) - stamp_s
        return now_s - max(0.0, age_s)


def _clock_of(stamp_s: float) -> int | None:
    for clock_id in (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME, time.CLOCK_REALTIME):
        if _may_be_of(clock_id, stamp_s):
            return clock_id
    return None


def _may_be_of(clock_id: int, stamp_s: float) -> bool:
    return -_FUTURE_S <= time.clock_gettime(clock_id) - stamp_s <= _PLAUSIBLE_AGE_S


class StreamClock:
    """Stream time -> monotonic seconds, by the least delayed frame so far.

    Spacing stays the sender's own, so network jitter does not reach blink timing, and a frame held up on the way
    keeps its true time and can be seen to be late. The estimate leaks upward slowly, to follow a sender's clock
    that runs slow.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._last_arrival_s = 0.0

    def to_monotonic_s(self, stream_s: float, arrival_s: float) -> float:
        delay_s = arrival_s - stream_s
        if self._offset_s is None:
            self._offset_s = delay_s
        else:
            leak_s = _DRIFT * (arrival_s - self._last_arrival_s)
            self._offset_s = min(self._offset_s + leak_s, delay_s)
        self._last_arrival_s = arrival_s
        return stream_s + self._offset_s
