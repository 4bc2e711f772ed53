"""A vehicle's state in words, for a person who checks it."""

from __future__ import annotations

import math

from edge_app.vehicle.state import VehicleState


def in_words(state: VehicleState) -> str:
    """The speed, and of the rest what is known."""
    words = ["speed unknown" if state.speed_kmh is None else f"speed {state.speed_kmh:g} km/h"]
    if state.ignition_on is not None:
        words.append(f"ignition {'on' if state.ignition_on else 'off'}")
    if state.reverse is not None:
        words.append("in reverse" if state.reverse else "not in reverse")
    if state.steering_wheel_rad is not None:
        degrees = math.degrees(state.steering_wheel_rad)
        side = "left" if degrees > 0 else "right"
        words.append(
            f"wheel {abs(degrees):.0f}° to the {side}" if round(degrees) else "wheel straight"
        )
    return ", ".join(words)
