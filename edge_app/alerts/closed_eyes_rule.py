"""Microsleep -> warning, sleep -> alarm, no return -> unresponsive."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.motion import Motion
from edge_app.alerts.settings import ClosedEyesSettings
from edge_app.driver_state.state import ClosureKind, DriverState, LidEpisode, LidState

_TIME_TOLERANCE_S = 1e-6
_MAX_GAP_S = 0.5  # between frames farther apart nobody saw the eyes open


class _Opened:
    """Seconds for which the eyes have been seen open. A blink neither counts nor starts the count anew."""

    def __init__(self) -> None:
        self.began = False
        self._seen_s = 0.0
        self._risen_s = 0.0  # seconds for which the lids have not been closed, open or not
        self._last_s: float | None = None
        self._is_open = False

    def step(self, t_s: float, lids: LidEpisode) -> None:
        was_open, self._is_open = self._is_open, lids.lids is LidState.OPEN
        passed_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        blinks = lids.lids is LidState.CLOSED and lids.kind is ClosureKind.BLINK
        risen = self._is_open or (lids.lids is LidState.CAST_DOWN and lids.kind is ClosureKind.NONE)
        if passed_s > _MAX_GAP_S or not (risen or blinks):
            self._risen_s = 0.0
        elif risen:
            self._risen_s += passed_s
        if passed_s > _MAX_GAP_S or not (self._is_open or blinks):
            self.began, self._seen_s = False, 0.0
        elif was_open and self._is_open:
            self._seen_s += passed_s
        self.began = self.began or self._is_open

    def reaches(self, open_s: float, risen_s: float) -> bool:
        """Open for `open_s`, or at least no longer closed for `risen_s`."""
        if self._is_open and self._seen_s >= open_s - _TIME_TOLERANCE_S:
            return True
        return self._risen_s >= risen_s - _TIME_TOLERANCE_S


class ClosedEyesRule:
    """Climbs while the eyes stay closed; ends only when they have been *seen* open, or risen, for a while.

    Hiding from the camera after a warning never resets it, and after an alarm it counts as no return.
    """

    def __init__(self, settings: ClosedEyesSettings) -> None:
        self._settings = settings
        self._demand: Demand | None = None
        self._alarm_s: float | None = None  # when the alarm was raised
        self._opened = _Opened()

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        t_s = state.t_s
        self._opened.step(t_s, state.lid_episode)
        settings = self._settings
        if self._opened.reaches(settings.open_again_s, settings.not_closed_again_s):
            self._demand = None
            self._alarm_s = None
        reached = self._reached(state)
        if reached is not None and (self._demand is None or self._is_new(reached, self._demand)):
            self._demand = reached
            if reached.type is EventType.SLEEP:
                self._alarm_s = t_s
        return self._demand

    def reset(self) -> None:
        self._demand = None
        self._alarm_s = None
        self._opened = _Opened()

    def _is_new(self, reached: Demand, current: Demand) -> bool:
        """Higher, or another closure as bad as the last one."""
        if reached.level > current.level:
            return True
        return reached.level == current.level and reached.onset_s > current.onset_s

    def _reached(self, state: DriverState) -> Demand | None:
        lids = state.lid_episode
        onset_s = lids.onset_s if lids.onset_s is not None else state.t_s
        values = {"closed_s": round(lids.closed_s, 3)}
        no_return = (
            self._alarm_s is not None
            and not self._opened.began
            and state.t_s - self._alarm_s
            >= self._settings.unresponsive_after_alarm_s - _TIME_TOLERANCE_S
        )
        # Nothing comes due in a frame that shows the eyes open.
        closed_for_long = (
            lids.lids is not LidState.OPEN
            and lids.closed_s >= self._settings.unresponsive_s - _TIME_TOLERANCE_S
        )
        if closed_for_long or no_return:
            onset_s = self._demand.onset_s if no_return and self._demand else onset_s
            return Demand(
                EventType.UNRESPONSIVE,
                Level.UNRESPONSIVE,
                onset_s,
                "eyes_closed" if closed_for_long else "no_return",
                values,
            )
        if lids.kind is ClosureKind.SLEEP:
            return Demand(EventType.SLEEP, Level.ALARM, onset_s, "eyes_closed", values)
        if lids.kind is ClosureKind.MICROSLEEP:
            return Demand(EventType.MICROSLEEP, Level.WARNING, onset_s, "eyes_closed", values)
        return None
