"""Waiting for what a provider, which listens in a thread of its own, comes to know."""

from __future__ import annotations

from collections.abc import Callable

from edge_app.vehicle.providers import VehicleProvider
from edge_app.vehicle.state import VehicleState
from tests.brokers import wait_until


def await_state(
    provider: VehicleProvider,
    expected: Callable[[VehicleState], bool],
    what: str,
    say: Callable[[], None] = lambda: None,
) -> VehicleState:
    """Until the provider's state is as expected; `say` is repeated meanwhile, as a bus repeats itself."""

    def looks_so() -> bool:
        say()
        return expected(provider.read(0.0))

    wait_until(looks_so, what, 10.0)
    return provider.read(0.0)
