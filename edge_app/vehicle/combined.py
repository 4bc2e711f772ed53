"""Several providers at once: each value is the first one's that knows it, such as CAN's, else the satellites'."""

from __future__ import annotations

from typing import TypeVar

from edge_app.vehicle.providers import VehicleProvider, as_linked
from edge_app.vehicle.providers import open_provider as open_one
from edge_app.vehicle.settings import CombinedProviderSettings
from edge_app.vehicle.state import VehicleState
from edge_app.vehicle.values import believable

_T = TypeVar("_T")


class CombinedProvider:
    """Asks all, in their order."""

    def __init__(self, providers: list[VehicleProvider]) -> None:
        self._providers = providers
        self._linked = [linked for linked in map(as_linked, providers) if linked is not None]

    def read(self, t_s: float) -> VehicleState:
        states = [provider.read(t_s) for provider in self._providers]
        return believable(
            VehicleState(
                speed_kmh=_first([state.speed_kmh for state in states]),
                ignition_on=_first([state.ignition_on for state in states]),
                reverse=_first([state.reverse for state in states]),
                steering_wheel_rad=_first([state.steering_wheel_rad for state in states]),
            )
        )

    def trouble(self) -> str | None:
        """Also where the next one stands in: a fallback hides nothing."""
        return _first([linked.trouble() for linked in self._linked])

    def trouble_after(self, wait_s: float) -> str | None:
        return _first([linked.trouble_after(wait_s) for linked in self._linked])

    def close(self) -> None:
        for provider in self._providers:
            provider.close()


def open_provider(
    settings: CombinedProviderSettings, source: tuple[str, str] | None
) -> CombinedProvider:
    providers: list[VehicleProvider] = []
    try:
        for each in settings.providers:
            providers.append(open_one(each, source))  # noqa: PERF401 - those before a failure are closed
    except BaseException:
        for provider in providers:
            provider.close()
        raise
    return CombinedProvider(providers)


def _first(told: list[_T | None]) -> _T | None:
    return next((value for value in told if value is not None), None)
