"""What is known of the vehicle at one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VehicleState:
    """Speed, ignition and gear; None where the vehicle does not tell."""

    speed_kmh: float | None = None
    ignition_on: bool | None = None
    reverse: bool | None = None
