"""A suspicion of impairment that lasts -> advice. Never more than that, and off unless it is switched on."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.impairment_settings import ImpairmentAlertSettings
from edge_app.alerts.motion import Motion
from edge_app.driver_state.state import DriverState, Impairment


class ImpairmentRule:
    """What sleepiness explains as well is left to the drowsiness alert."""

    def __init__(self, settings: ImpairmentAlertSettings) -> None:
        self._settings = settings
        self._demand: Demand | None = None
        self._since_s: float | None = None  # since when all has held
        self._advised_s: float | None = None
        self._driver_number = 1  # of the drive; whom all this is about

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        settings, impairment, t_s = self._settings, state.impairment, state.t_s
        if not settings.enabled:
            return None
        if state.calibration.driver_number != self._driver_number:
            self._driver_number = state.calibration.driver_number
            self._advised_s = None
            self.reset()
        if self._demand is not None:
            self._demand = self._demand if self._goes_on(impairment) else None
            return self._demand
        if not (self._suspects(impairment) and motion.at_least(settings.min_speed_kmh)):
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = t_s
        rested = self._advised_s is None or t_s - self._advised_s >= settings.repeat_s
        if t_s - self._since_s >= settings.persists_s and rested:
            self._advised_s = t_s
            self._demand = _demand(impairment, t_s, self._since_s)
            self._since_s = None
        return self._demand

    def reset(self) -> None:
        self._demand = None
        self._since_s = None

    def _suspects(self, impairment: Impairment) -> bool:
        settings = self._settings
        return (
            impairment.suspicion is not None
            and impairment.suspicion >= settings.min_suspicion
            and impairment.confidence >= settings.min_confidence
            and not impairment.like_drowsiness
        )

    def _goes_on(self, impairment: Impairment) -> bool:
        suspicion = impairment.suspicion
        return suspicion is None or suspicion >= self._settings.clear_suspicion


def _demand(impairment: Impairment, t_s: float, onset_s: float) -> Demand:
    assert impairment.suspicion is not None
    return Demand(
        EventType.IMPAIRMENT,
        Level.ADVICE,
        onset_s,
        impairment.reasons[0] if impairment.reasons else "impairment",
        {
            "suspicion_percent": round(100 * impairment.suspicion),
            "confidence": round(impairment.confidence, 2),
            "reasons": ",".join(impairment.reasons),
        },
    )
