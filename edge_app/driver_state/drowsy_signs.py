"""Signs of drowsiness by which nothing is learned of a driver: judged by limits for everybody, since none is known yet.

In: the driver's state. Out: whether there are signs, and whether they are clear.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum

from calibration.driver.alert_blinks import OVERLONG_S
from edge_app.driver_state.personal_settings import PersonalSettings
from edge_app.driver_state.state import ClosureKind, DriverState

# Closures of half a second and more (overlong blinks, Schleicher et al. 2008).
_OVERLONG_WITHIN_S = 120.0
_BLINKS_WITHIN_S, _LEAST_BLINKS = 300.0, 8
_SOME_OVERLONG, _MANY_OVERLONG = 2, 4
# From the limits at which there are signs to those at which they are clear.
_CLEAR_PERCLOS, _CLEAR_BLINK, _CLEAR_LEVELS = 2.0, 1.5, 2.0


class Signs(IntEnum):
    NONE = 0
    SOME = 1
    CLEAR = 2


class DrowsySigns:
    """Remembers closures of the last minutes."""

    def __init__(self, settings: PersonalSettings) -> None:
        self._settings = settings
        self._slept_s: float | None = None  # when one was last going on
        self._overlong_s: deque[float] = deque(maxlen=16)  # onsets
        self._overlong_onset_s: float | None = None
        self._blinks: deque[tuple[float, float]] = deque(maxlen=256)  # (end, duration), seconds
        self._seen_s: float | None = None  # when there were signs last

    def step(self, state: DriverState) -> Signs:
        """Signs hold on for a while: between two of them nobody is wide awake."""
        self._remember(state)
        signs = self._now(state)
        if signs is not Signs.NONE:
            self._seen_s = state.t_s
        elif (
            self._seen_s is not None
            and state.t_s - self._seen_s < self._settings.wait_after_signs_s
        ):
            return Signs.SOME
        return signs

    def _now(self, state: DriverState) -> Signs:
        t_s, settings = state.t_s, self._settings
        if self._slept_s is not None and t_s - self._slept_s <= settings.wait_after_microsleep_s:
            return Signs.CLEAR
        while self._overlong_s and self._overlong_s[0] < t_s - _OVERLONG_WITHIN_S:
            self._overlong_s.popleft()
        shares = (
            (state.perclos.share, settings.max_perclos),
            (state.perclos.share_without_blinks, settings.max_perclos_without_blinks),
        )
        signs = max(_above(share, limit, _CLEAR_PERCLOS * limit) for share, limit in shares)
        blink_s, level = self._mean_blink_s(t_s), state.drowsiness.level
        longest_s = settings.max_mean_blink_s
        return max(
            signs,
            _above(blink_s, longest_s, _CLEAR_BLINK * longest_s),
            _above(level, settings.max_level, settings.max_level + _CLEAR_LEVELS),
            _above(len(self._overlong_s), _SOME_OVERLONG - 1, _MANY_OVERLONG - 1),
        )

    def _remember(self, state: DriverState) -> None:
        lids = state.lid_episode
        if lids.kind in (ClosureKind.MICROSLEEP, ClosureKind.SLEEP):
            self._slept_s = state.t_s
        if state.blinks.completed is not None:
            self._blinks.append((state.t_s, state.blinks.completed.duration_s))
        overlong = lids.closed_s >= OVERLONG_S and not lids.doubted
        if overlong and lids.onset_s is not None and lids.onset_s != self._overlong_onset_s:
            self._overlong_onset_s = lids.onset_s
            self._overlong_s.append(lids.onset_s)

    def _mean_blink_s(self, t_s: float) -> float | None:
        """None of a few: one slow blink says nothing."""
        while self._blinks and self._blinks[0][0] < t_s - _BLINKS_WITHIN_S:
            self._blinks.popleft()
        if len(self._blinks) < _LEAST_BLINKS:
            return None
        return sum(duration_s for _, duration_s in self._blinks) / len(self._blinks)


def _above(value: float | None, some: float, clear: float) -> Signs:
    if value is None or value <= some:
        return Signs.NONE
    return Signs.CLEAR if value > clear else Signs.SOME
