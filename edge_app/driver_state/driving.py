"""What is known of the drive beside the driver's face."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Driving:
    """At one moment; None where it is not known."""

    speed_kmh: float | None = None
    reverse: bool | None = None
    driven_s: float | None = None  # since the last rest, standing and short stops included
    time_of_day_h: float | None = None  # local, 0..24; None while the clock is not to be trusted


UNKNOWN_DRIVE = Driving()
