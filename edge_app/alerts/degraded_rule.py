"""Nobody to be seen, eyes not to be judged, camera at fault -> the driver is told that the system cannot help."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.hidden_mouth import HiddenMouth
from edge_app.alerts.motion import Motion
from edge_app.alerts.settings import DegradedSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import DriverState

_TIME_TOLERANCE_S = 1e-6
_CLOSING_S = (
    0.5  # eyes last seen closed for this long may be those of a driver whose head has dropped
)


class DegradedRule:
    """A blind unit is never silent: the notice comes within `told_after_s`, whatever the reason.

    Eyes that are lost while they are closed are warned about: a sleeping driver's head drops. So are eyes that cannot
    be judged while their lids seem low, as behind glare on glasses. A hidden mouth is told where nothing else is.
    """

    def __init__(self, settings: DegradedSettings) -> None:
        self._settings = settings
        self._mouth = HiddenMouth(settings)
        self._demand: Demand | None = None
        self._last_s: float | None = None
        self._sighted_since_s: float | None = None
        self._blind_since_s: float | None = None
        self._blind_s = 0.0  # since then, leaving out what was seen
        self._closed_s = 0.0  # of the eyes when they were last seen
        self._lost_s = 0.0  # unseen since they were last seen open
        # When unseen lids that were warned about were last low.
        self._low_last_s: float | None = None

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        mouth = self._mouth.step(state.t_s, state.mouth_openness)
        blindness = self._blindness(state)
        if blindness is None:
            return mouth
        self._mouth.withdraw()
        return blindness

    def _blindness(self, state: DriverState) -> Demand | None:
        t_s = state.t_s
        reason = self._reason(state)
        passed_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        if reason is None:
            self._see(t_s, state.lid_episode.closed_s)
            return self._demand
        self._sighted_since_s = None
        low_s = state.presence.lids_low_s
        if self._low_last_s is not None:
            self._watch_lids(t_s, low_s)
        if self._blind_since_s is None:
            self._blind_since_s = t_s
        else:
            self._blind_s += passed_s
            self._lost_s += passed_s
        if self._demand is None or self._demand.level < Level.WARNING:
            self._demand = self._told(t_s, reason, low_s) or self._demand
        return self._demand

    def reset(self) -> None:
        self._mouth = HiddenMouth(self._settings)
        self._demand = None
        self._last_s = self._sighted_since_s = self._blind_since_s = None
        self._blind_s = self._closed_s = self._lost_s = 0.0
        self._low_last_s = None

    def _see(self, t_s: float, closed_s: float) -> None:
        self._closed_s = closed_s
        if closed_s == 0.0:
            self._lost_s = 0.0
        if self._sighted_since_s is None:
            self._sighted_since_s = t_s
        if t_s - self._sighted_since_s >= self._settings.clear_s - _TIME_TOLERANCE_S:
            self._demand = None
            self._blind_since_s = self._low_last_s = None
            self._blind_s = 0.0

    def _watch_lids(self, t_s: float, lids_low_s: float) -> None:
        """The warning ends when the lids are wide again, though unseen: then the view is blind and no more."""
        assert self._low_last_s is not None
        if lids_low_s > 0.0:
            self._low_last_s = t_s
        elif t_s - self._low_last_s >= self._settings.clear_s - _TIME_TOLERANCE_S:
            self._low_last_s = self._demand = None

    def _told(self, t_s: float, reason: Unavailable, lids_low_s: float) -> Demand | None:
        settings = self._settings
        assert self._blind_since_s is not None
        since_s = t_s - self._blind_since_s
        values: dict[str, float | str | bool | None] = {
            "reason": reason.value,
            "unavailable_s": round(self._blind_s, 3),
        }
        lost_s = settings.lost_eyes_told_after_s - _TIME_TOLERANCE_S
        if self._closed_s >= _CLOSING_S and self._lost_s >= lost_s:
            return Demand(
                EventType.DEGRADED,
                Level.WARNING,
                self._blind_since_s,
                reason.value,
                {**values, "closed_before_s": round(self._closed_s, 3)},
            )
        if min(lids_low_s, self._blind_s) >= lost_s:
            self._low_last_s = t_s
            return Demand(
                EventType.DEGRADED,
                Level.WARNING,
                self._blind_since_s,
                reason.value,
                {**values, "lids_low_s": round(lids_low_s, 3)},
            )
        camera = reason is Unavailable.CAMERA_FAULT
        after_s = settings.camera_told_after_s if camera else settings.told_after_s
        often = self._blind_s >= settings.min_blind_share * since_s
        if since_s >= after_s - _TIME_TOLERANCE_S and often and self._demand is None:
            return Demand(
                EventType.DEGRADED, Level.NOTICE, self._blind_since_s, reason.value, values
            )
        return None

    def _reason(self, state: DriverState) -> Unavailable | None:
        presence = state.presence
        if presence.reason is not None:
            return presence.reason
        if not presence.face_present:
            return Unavailable.NO_FACE
        if state.valid_frame_rate_hz < self._settings.min_frame_rate_hz:
            return Unavailable.LOW_FRAME_RATE
        return None
