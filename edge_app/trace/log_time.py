"""The times under which viewers show a trace: the wall clock where the run began, and frame time from there."""

from __future__ import annotations

from edge_app.telemetry.clock import Instant

_LATEST_NS = 2**63 - 1


class LogTime:
    """Frame time -> nanoseconds since 1970. Follows frame time, so that files of one run lie end to end.

    The wall clock is asked again where frame time starts afresh, and once it has been set: before that it says 1970.
    """

    def __init__(self) -> None:
        self._anchor: tuple[float, Instant] | None = None
        self._last_ns = 0

    def begin(self, t_s: float, now: Instant, *, afresh: bool) -> None:
        """A file begins at frame time `t_s`."""
        set_since = self._anchor is not None and now.synchronised != self._anchor[1].synchronised
        if self._anchor is None or afresh or set_since:
            self._anchor = (t_s, now)

    def at(self, t_s: float) -> int:
        assert self._anchor is not None
        from_s, wall = self._anchor
        time_ns = round(1e9 * wall.wall_s) + round(1e9 * (t_s - from_s))
        self._last_ns = min(_LATEST_NS, max(self._last_ns, time_ns))
        return self._last_ns
