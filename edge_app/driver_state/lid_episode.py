"""The closure that is going on: since when, for how long, and whether it is a microsleep or sleep.

A shut eye and a lid cast down for long read alike; what tells them apart is that a closure holds its own depth.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile

from edge_app.driver_state.condition_timer import ConditionTimer, HeldFor
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import ClosureKind, LidEpisode, LidState

_SMOOTHING_S = 0.1  # of the closure's depth, against noise in its deepest point


class LidEpisodeEstimator:
    """Names the ongoing closure. See `LidSettings` for the three ways in which a closure comes to count."""

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.lids
        lids = settings.lids

        def timer() -> ConditionTimer:
            return ConditionTimer(
                flicker_s=lids.flicker_s,
                max_gap_s=settings.max_gap_s,
                forget_s=settings.forget_s,
            )

        self._closed = timer()
        self._deep = timer()
        self._steady = _SteadyClosure(settings)
        self._is_closed = False
        self._microsleep_onset_s: float | None = None  # of the closure that was named a microsleep

    def step(self, t_s: float, closure: Signal) -> LidEpisode:
        lids = self._settings
        depth = closure.value
        if depth is not None:
            threshold = lids.closed_until if self._is_closed else lids.closed_from
            self._is_closed = depth >= threshold
        closed = self._closed.step(t_s, None if depth is None else self._is_closed)
        deep = self._deep.step(t_s, None if depth is None else depth >= lids.deep_from)
        steady = self._steady.step(t_s, depth, closed)
        kind = self._kind(closed, deep, steady)
        return LidEpisode(
            lids=self._lid_state(depth, kind, steady),
            kind=kind,
            onset_s=closed.onset_s if closed else None,
            closed_s=closed.seen_s if closed else 0.0,
        )

    def _kind(
        self, closed: HeldFor | None, deep: HeldFor | None, steady: HeldFor | None
    ) -> ClosureKind:
        lids = self._settings
        if closed is None:
            return ClosureKind.NONE
        if closed.reaches(lids.sleep_s):
            return ClosureKind.SLEEP
        if (steady is not None and steady.reaches(lids.microsleep_s)) or (
            deep is not None and deep.reaches(lids.deep_microsleep_s)
        ):
            self._microsleep_onset_s = closed.onset_s
        if self._microsleep_onset_s == closed.onset_s:
            return ClosureKind.MICROSLEEP
        return (
            ClosureKind.LONG_CLOSURE if closed.reaches(lids.long_closure_s) else ClosureKind.BLINK
        )

    def _lid_state(
        self, depth: float | None, kind: ClosureKind, steady: HeldFor | None
    ) -> LidState:
        if depth is None:
            return LidState.UNKNOWN
        if depth < self._settings.cast_down_from:
            return LidState.OPEN  # though the closure may go on, if this is but a flicker
        named = kind in (ClosureKind.BLINK, ClosureKind.MICROSLEEP, ClosureKind.SLEEP)
        if named or steady is not None:
            return LidState.CLOSED
        return LidState.CAST_DOWN


class _SteadyClosure:
    """How long a closure has held its own depth: the run, up to now, above a share of its deepest point.

    When the closure deepens, the run begins anew where it last came above the new share.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._share = settings.lids.hold_share
        self._closed_from = settings.lids.closed_from
        self._sure_from = settings.lids.sure_from
        self._flicker_s = settings.lids.flicker_s
        self._run: deque[tuple[float, float]] = deque()  # (seconds into the closure, depth)
        self._depth = 0.0
        self._deepest = 0.0
        self._last_s = 0.0  # seconds into the closure
        self._below_since_s: float | None = None
        self._onset_s: float | None = None  # of the closure that all this belongs to

    def step(self, t_s: float, depth: float | None, closed: HeldFor | None) -> HeldFor | None:
        """`closed` is the closure so far; depth None keeps what was known."""
        if closed is None:
            self._onset_s = None
            return None
        if closed.onset_s != self._onset_s:
            self._begin(closed)
        if depth is None:
            return self._held(t_s)
        passed_s = closed.seen_s - self._last_s
        self._last_s = closed.seen_s
        self._depth += (depth - self._depth) * min(1.0, passed_s / _SMOOTHING_S)
        floor = min(self._sure_from, self._share * max(self._deepest, self._depth))
        # The smoothed depth lags behind a lid that falls at once; the closure began when the lid did.
        self._run.append((closed.seen_s, max(self._depth, depth)))
        if self._depth > self._deepest:
            self._deepest = self._depth
            self._run = deque(takewhile(lambda point: point[1] >= floor, reversed(self._run)))
            self._run.reverse()
        if self._depth >= floor:
            self._below_since_s = None
        elif self._below_since_s is None:
            self._below_since_s = closed.seen_s
        elif closed.seen_s - self._below_since_s >= self._flicker_s:
            self._run.clear()
        return self._held(t_s)

    def _begin(self, closed: HeldFor) -> None:
        self._onset_s = closed.onset_s
        self._run.clear()
        # The smoothing starts at the threshold just passed.
        self._depth = self._deepest = self._closed_from
        self._last_s = closed.seen_s
        self._below_since_s = None

    def _held(self, t_s: float) -> HeldFor | None:
        if not self._run or self._below_since_s is not None:
            return None
        seen_s = self._last_s - self._run[0][0]
        return HeldFor(t_s - seen_s, seen_s)
