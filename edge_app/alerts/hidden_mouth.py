"""A mouth behind a mask, a long beard or a hand for long: yawns are not seen, and the driver is told."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.settings import DegradedSettings
from edge_app.driver_state.signals import Signal, Unavailable

_TIME_TOLERANCE_S = 1e-6
_MAX_GAP_S = 0.5  # between frames farther apart nothing is known


class HiddenMouth:
    """Signal of the mouth in, the notice out while it holds. A face that is gone says nothing of the mouth.

    Sight takes away as much as hiding adds, so that bites and words behind a hand come to nothing.
    """

    def __init__(self, settings: DegradedSettings) -> None:
        self._settings = settings
        self._last_s: float | None = None
        self._onset_s = 0.0
        self._hidden_s = 0.0  # more than it was seen
        self._seen_s = 0.0  # without a break
        self._was_hidden = False
        self._is_told = False
        self._demand: Demand | None = None

    def step(self, t_s: float, mouth_openness: Signal) -> Demand | None:
        since_last_s = 0.0 if self._last_s is None else t_s - self._last_s
        passed_s = since_last_s if since_last_s <= _MAX_GAP_S else 0.0
        self._last_s = t_s
        if mouth_openness.value is not None:
            self._see(0.0 if self._was_hidden else passed_s)
        elif mouth_openness.unavailable is Unavailable.MOUTH_OCCLUDED:
            self._hide(t_s, passed_s)
        else:
            self._seen_s = 0.0
        self._was_hidden = mouth_openness.unavailable is Unavailable.MOUTH_OCCLUDED
        return self._demand

    def withdraw(self) -> None:
        """Something graver is told: of this mouth enough has been said, until it is seen again."""
        if self._demand is not None:
            self._demand, self._is_told = None, True

    def _see(self, passed_s: float) -> None:
        self._seen_s += passed_s
        self._hidden_s = max(0.0, self._hidden_s - passed_s)
        if self._seen_s >= self._settings.clear_s - _TIME_TOLERANCE_S:
            self._hidden_s, self._demand, self._is_told = 0.0, None, False

    def _hide(self, t_s: float, passed_s: float) -> None:
        self._seen_s = 0.0
        if self._hidden_s == 0.0 and not self._was_hidden:
            self._onset_s, passed_s = t_s, 0.0
        self._hidden_s += passed_s
        long = self._hidden_s >= self._settings.told_after_s - _TIME_TOLERANCE_S
        if long and self._demand is None and not self._is_told:
            reason = Unavailable.MOUTH_OCCLUDED.value
            self._demand = Demand(
                EventType.DEGRADED,
                Level.NOTICE,
                self._onset_s,
                reason,
                {"reason": reason, "unavailable_s": round(self._hidden_s, 3)},
            )
