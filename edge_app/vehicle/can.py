"""Speed, ignition, gear and steering from the messages on the vehicle's CAN bus. It only listens.

What a message's own counter or checksum says is not looked at, and J1939 addresses are taken as the DBC file writes
them.
"""

from __future__ import annotations

from edge_app.vehicle.bus_settings import CanProviderSettings
from edge_app.vehicle.can_bus import CanBus, bus_name, require_python_can
from edge_app.vehicle.can_signals import CanSignals
from edge_app.vehicle.link import LinkedProvider
from edge_app.vehicle.values import VehicleValues


class _CanConnection:
    def __init__(self, settings: CanProviderSettings, signals: CanSignals) -> None:
        self._signals = signals
        self._bus = CanBus(
            settings, signals.filters, flexible_data_rate=settings.flexible_data_rate
        )

    def turn(self, wait_s: float) -> None:
        message = self._bus.receive(wait_s)
        if message is not None:
            self._signals.read(message.arbitration_id, message.is_extended_id, bytes(message.data))

    def close(self) -> None:
        self._bus.close()


def open_provider(settings: CanProviderSettings, source: tuple[str, str] | None) -> LinkedProvider:
    require_python_can(settings)
    values = VehicleValues(settings.stale_after_s)
    signals = CanSignals(settings, values)
    return LinkedProvider(
        bus_name(settings),
        lambda: _CanConnection(settings, signals),
        values,
        silence_hint="is the ignition on, the bit rate right, and does the DBC file belong to this"
        " vehicle?",
    )
