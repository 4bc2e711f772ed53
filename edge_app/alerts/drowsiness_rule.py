"""Drowsiness level -> advice to rest, then warning."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.motion import Motion
from edge_app.alerts.settings import DrowsinessAlertSettings
from edge_app.driver_state.state import DriverState


class DrowsinessRule:
    """From `advice_level` and `warning_level` on; the same alert does not come back within `repeat_s`.

    A level without eyes raises advice at most: yawns and the time of day are no reason to startle a driver. Repeated
    head drops are, since nodding is sleep coming through, whether eyes are seen or not.
    """

    def __init__(self, settings: DrowsinessAlertSettings) -> None:
        self._settings = settings
        self._demand: Demand | None = None
        self._raised_s: dict[Level, float] = {}

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        settings = self._settings
        drowsiness = state.drowsiness
        if not motion.at_least(settings.min_speed_kmh):
            self._demand = None
            return None
        if drowsiness.level is None:
            return self._demand
        may_warn = (
            drowsiness.by_eyes or state.head_drops.count_10_min >= settings.warning_head_drops
        )
        level = self._level(drowsiness.level, may_warn=may_warn)
        if level is None:
            self._demand = None
        elif self._demand is not None and level < self._demand.level:
            # No longer worth a warning; the advice that lies below it has been heard with it.
            self._raised_s[level] = state.t_s
            self._demand = None
        elif self._demand is None or level > self._demand.level:
            raised_s = self._raised_s.get(level)
            if raised_s is None or state.t_s - raised_s >= settings.repeat_s:
                self._raised_s[level] = state.t_s
                self._demand = Demand(
                    EventType.DROWSINESS,
                    level,
                    state.t_s,
                    drowsiness.reasons[0] if drowsiness.reasons else "drowsiness",
                    {
                        "drowsiness_level": round(drowsiness.level, 2),
                        "confidence": round(drowsiness.confidence, 2),
                        "reasons": ",".join(drowsiness.reasons),
                    },
                )
        return self._demand

    def reset(self) -> None:
        self._demand = None

    def _level(self, drowsiness_level: float, *, may_warn: bool) -> Level | None:
        settings = self._settings
        slack = settings.hysteresis if self._demand is not None else 0.0
        held = self._demand.level if self._demand is not None else None
        warns = held is Level.WARNING  # hiding the eyes does not end it
        if (warns or may_warn) and drowsiness_level >= settings.warning_level - slack * warns:
            return Level.WARNING
        if drowsiness_level >= settings.advice_level - slack:
            return Level.ADVICE
        return None
