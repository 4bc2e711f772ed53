"""What is known of the vehicle at one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VehicleState:
    """Speed, ignition, gear and steering wheel; None where the vehicle does not tell."""

    speed_kmh: float | None = None
    ignition_on: bool | None = None
    reverse: bool | None = None
    steering_wheel_rad: float | None = None  # 0 straight ahead, positive to the left (ISO 8855)
