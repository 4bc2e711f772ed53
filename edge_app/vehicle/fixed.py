"""The values of the settings, for ever: for a bench, a demonstration or a vehicle without a bus."""

from __future__ import annotations

from edge_app.vehicle.settings import FixedProviderSettings
from edge_app.vehicle.state import VehicleState


class FixedProvider:
    """A vehicle that always says the same."""

    def __init__(self, settings: FixedProviderSettings) -> None:
        self._state = VehicleState(
            speed_kmh=settings.speed_kmh,
            ignition_on=settings.ignition_on,
            reverse=settings.reverse,
            steering_wheel_rad=settings.steering_wheel_rad,
        )

    def read(self, t_s: float) -> VehicleState:
        return self._state

    def close(self) -> None:
        return


def open_provider(settings: FixedProviderSettings, source: tuple[str, str] | None) -> FixedProvider:
    return FixedProvider(settings)
