"""How old a still can be at most, on a machine whose clock may be wrong: stills are kept shorter rather than longer.

What is taken gets a time that is surely not later than the true one: the clock's where it is synchronised, else the
last time that was, and what has passed since. An age counted from there is never too small.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

from edge_app.telemetry.clock import Instant

_SLACK_S = 300.0  # corrections of a clock that was right
_CLOCK_AWAITED_S = 900.0
_ANY_TIME_ZONE = timedelta(hours=14)


class Dating:
    """Belongs to one thread, for one start of the program."""

    def __init__(self, notice_on: date, trusted_s: float, started: Instant) -> None:
        """notice_on: nothing was taken before. trusted_s: last trusted time of earlier starts, Unix; 0 if unknown.

        A notice dates what is taken and makes nothing old: it is written by hand, and may be of a wrong year.
        """
        self._started_s = started.monotonic_s
        self._notice_s = _earliest(notice_on).timestamp()
        self._anchor_s = trusted_s
        self._anchored_at_s = started.monotonic_s
        self._known = False
        self.look(started)

    def look(self, now: Instant) -> None:
        """Note the time where it is to be trusted."""
        if now.synchronised:
            self._anchor_s, self._anchored_at_s = now.wall_s, now.monotonic_s
            self._known = True

    @property
    def known(self) -> bool:
        """Whether the time was trusted since the start."""
        return self._known

    def not_later_than(self, now: Instant) -> float:
        """Unix time that has surely been reached."""
        reached_s = self._reached_s(now)
        # Without any trusted time the notice is all that is known.
        return reached_s if self._anchor_s else self._notice_s + reached_s

    def too_old(
        self, dated_s: float, taken_at_s: float | None, keep_s: float, now: Instant
    ) -> bool:
        """taken_at_s: monotonic, where it was taken since the start."""
        reached_s = self._reached_s(now)
        if taken_at_s is not None:
            return now.monotonic_s - taken_at_s > keep_s
        if reached_s - dated_s > keep_s:
            return True
        if self._known:
            return reached_s < dated_s - _SLACK_S  # dated by a clock that was ahead: nobody knows
        return now.monotonic_s - self._started_s > _CLOCK_AWAITED_S

    def _reached_s(self, now: Instant) -> float:
        """By trusted time alone; what has passed since the start where there is none."""
        self.look(now)
        return self._anchor_s + now.monotonic_s - self._anchored_at_s


def is_to_come(day: date, now: Instant) -> bool:
    """Whether the day has begun nowhere yet."""
    return now.wall < _earliest(day)


def _earliest(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.utc) - _ANY_TIME_ZONE
