"""Microsleep -> warning, sleep -> alarm, no return -> unresponsive."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.motion import Motion
from edge_app.alerts.settings import ClosedEyesSettings
from edge_app.driver_state.state import ClosureKind, DriverState, LidState

_TIME_TOLERANCE_S = 1e-6


class ClosedEyesRule:
    """Climbs while the eyes stay closed; ends only when they have been *seen* open for a while.

    Hiding from the camera after a warning never resets it, and after an alarm it counts as no return.
    """

    def __init__(self, settings: ClosedEyesSettings) -> None:
        self._settings = settings
        self._demand: Demand | None = None
        self._alarm_s: float | None = None  # when the alarm was raised
        self._open_since_s: float | None = None

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        t_s, lids = state.t_s, state.lid_episode
        if lids.lids is LidState.OPEN:
            if self._open_since_s is None:
                self._open_since_s = t_s
            if t_s - self._open_since_s >= self._settings.open_again_s - _TIME_TOLERANCE_S:
                self.reset()
        else:
            self._open_since_s = None
        reached = self._reached(state)
        if reached is not None and (self._demand is None or self._is_new(reached, self._demand)):
            self._demand = reached
            if reached.type is EventType.SLEEP:
                self._alarm_s = t_s
        return self._demand

    def reset(self) -> None:
        self._demand = None
        self._alarm_s = None
        self._open_since_s = None

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
            and self._open_since_s is None
            and state.t_s - self._alarm_s
            >= self._settings.unresponsive_after_alarm_s - _TIME_TOLERANCE_S
        )
        if lids.closed_s >= self._settings.unresponsive_s - _TIME_TOLERANCE_S or no_return:
            onset_s = self._demand.onset_s if no_return and self._demand else onset_s
            return Demand(
                EventType.UNRESPONSIVE,
                Level.UNRESPONSIVE,
                onset_s,
                "no_return" if no_return and lids.closed_s == 0.0 else "eyes_closed",
                values,
            )
        if lids.kind is ClosureKind.SLEEP:
            return Demand(EventType.SLEEP, Level.ALARM, onset_s, "eyes_closed", values)
        if lids.kind is ClosureKind.MICROSLEEP:
            return Demand(EventType.MICROSLEEP, Level.WARNING, onset_s, "eyes_closed", values)
        return None
