"""Nobody to be seen, eyes not to be judged, camera at fault -> the driver is told that the system cannot help."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.motion import Motion
from edge_app.alerts.settings import DegradedSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import DriverState

_TIME_TOLERANCE_S = 1e-6
_BRIEF_SIGHT_S = 0.5  # eyes seen for less than this do not start the count anew


class DegradedRule:
    """A blind unit is never silent: the notice comes within `told_after_s`, whatever the reason."""

    def __init__(self, settings: DegradedSettings) -> None:
        self._settings = settings
        self._blind_since_s: float | None = None
        self._sighted_since_s: float | None = None
        self._demand: Demand | None = None

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        t_s = state.t_s
        reason = self._reason(state)
        if reason is None:
            if self._sighted_since_s is None:
                self._sighted_since_s = t_s
            sighted_s = t_s - self._sighted_since_s
            if sighted_s >= _BRIEF_SIGHT_S and self._demand is None:
                self._blind_since_s = None
            if sighted_s >= self._settings.clear_s - _TIME_TOLERANCE_S:
                self.reset()
            return self._demand
        self._sighted_since_s = None
        if self._blind_since_s is None:
            self._blind_since_s = t_s
        blind_s = t_s - self._blind_since_s
        if blind_s >= self._settings.told_after_s - _TIME_TOLERANCE_S and self._demand is None:
            self._demand = Demand(
                EventType.DEGRADED,
                Level.NOTICE,
                self._blind_since_s,
                reason.value,
                {"reason": reason.value, "unavailable_s": round(blind_s, 3)},
            )
        return self._demand

    def reset(self) -> None:
        self._blind_since_s = None
        self._sighted_since_s = None
        self._demand = None

    def _reason(self, state: DriverState) -> Unavailable | None:
        presence = state.presence
        if presence.reason is not None:
            return presence.reason
        if not presence.face_present:
            return Unavailable.NO_FACE
        if state.valid_frame_rate_hz < self._settings.min_frame_rate_hz:
            return Unavailable.LOW_FRAME_RATE
        return None
