"""Driving, standing or parked: what the vehicle does, as far as the ladder cares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_app.alerts.settings import ParkingSettings
from edge_app.vehicle.state import VehicleState


@dataclass(frozen=True, slots=True)
class Motion:
    speed_kmh: float | None  # None: unknown, to be taken as fast
    standing_s: float  # 0 while moving or unknown
    parked: bool
    reverse: bool = False  # who drives backwards looks backwards

    def watches_ahead_from(self, speed_kmh: float) -> bool:
        """Looking away counts: at this speed or above, and not backwards."""
        return self.at_least(speed_kmh) and not self.reverse

    def at_least(self, speed_kmh: float) -> bool:
        """Unknown speed counts as fast: a silent unit must not be the safer-looking one."""
        return self.speed_kmh is None or self.speed_kmh >= speed_kmh


class MotionEstimator:
    """Parked after a minute at standstill or with the ignition off: drivers sleep there, and should."""

    def __init__(self, settings: ParkingSettings) -> None:
        self._settings = settings
        self._standing_since_s: float | None = None

    def step(self, t_s: float, vehicle: VehicleState) -> Motion:
        speed_kmh = vehicle.speed_kmh
        if speed_kmh is not None:  # backwards is not standing, and a number that is none is unknown
            speed_kmh = abs(speed_kmh) if math.isfinite(speed_kmh) else None
        if speed_kmh is None or speed_kmh > self._settings.standing_kmh:
            self._standing_since_s = None
        elif self._standing_since_s is None:
            self._standing_since_s = t_s
        standing_s = 0.0 if self._standing_since_s is None else t_s - self._standing_since_s
        parked = vehicle.ignition_on is False or standing_s >= self._settings.parked_after_s
        return Motion(speed_kmh, standing_s, parked, vehicle.reverse is True)
