"""No connection to the vehicle: everything is unknown."""

from __future__ import annotations

from edge_app.vehicle.settings import NoneProviderSettings
from edge_app.vehicle.state import VehicleState

_UNKNOWN = VehicleState()


class NoneProvider:
    """A vehicle that tells nothing."""

    def read(self, t_s: float) -> VehicleState:
        return _UNKNOWN

    def close(self) -> None:
        return


def open_provider(settings: NoneProviderSettings, source: tuple[str, str] | None) -> NoneProvider:
    return NoneProvider()
