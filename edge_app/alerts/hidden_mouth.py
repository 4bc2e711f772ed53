"""A mouth behind a mask, a long beard or a hand for long: yawns are not seen, and the driver is told."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.settings import DegradedSettings
from edge_app.driver_state.signals import Signal, Unavailable

_TIME_TOLERANCE_S = 1e-6
# Bites, words behind a hand: a mouth that is seen for more than this share of the time is seen.
_MOST_SEEN_SHARE = 0.5


class HiddenMouth:
    """Signal of the mouth in, the notice out while it holds. A face that is gone says nothing of the mouth."""

    def __init__(self, settings: DegradedSettings) -> None:
        self._settings = settings
        self._last_s: float | None = None
        self._since_s: float | None = None
        self._hidden_s = 0.0
        self._seen_since_s: float | None = None
        self._demand: Demand | None = None

    def step(self, t_s: float, mouth_openness: Signal) -> Demand | None:
        passed_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        if mouth_openness.value is not None:
            self._see(t_s)
        elif mouth_openness.unavailable is Unavailable.MOUTH_OCCLUDED:
            self._hide(t_s, passed_s)
        return self._demand

    def _see(self, t_s: float) -> None:
        if self._seen_since_s is None:
            self._seen_since_s = t_s
        if t_s - self._seen_since_s >= self._settings.clear_s - _TIME_TOLERANCE_S:
            self._since_s, self._hidden_s, self._demand = None, 0.0, None

    def _hide(self, t_s: float, passed_s: float) -> None:
        self._seen_since_s = None
        if self._since_s is None:
            self._since_s, self._hidden_s = t_s, 0.0
            return
        self._hidden_s += passed_s
        since_s = t_s - self._since_s
        long = since_s >= self._settings.told_after_s - _TIME_TOLERANCE_S
        if self._demand is None and long and self._hidden_s >= (1 - _MOST_SEEN_SHARE) * since_s:
            reason = Unavailable.MOUTH_OCCLUDED.value
            self._demand = Demand(
                EventType.DEGRADED,
                Level.NOTICE,
                self._since_s,
                reason,
                {"reason": reason, "unavailable_s": round(self._hidden_s, 3)},
            )
