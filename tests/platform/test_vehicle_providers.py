"""What the providers say of the vehicle."""

from __future__ import annotations

import pytest

from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.settings import FixedProviderSettings, NoneProviderSettings, VehicleSettings
from edge_app.vehicle.state import VehicleState


def test_nothing_is_known_by_default():
    provider = open_provider(VehicleSettings().provider)
    assert provider.read(12.0) == VehicleState(None, None, None)


@pytest.mark.parametrize("speed_kmh", [None, 0.0, 80.0])
def test_fixed_provider_says_what_the_settings_say_at_any_time(speed_kmh):
    provider = open_provider(FixedProviderSettings(speed_kmh=speed_kmh, ignition_on=False))
    assert provider.read(0.0) == provider.read(1e6) == VehicleState(speed_kmh, False, None)


@pytest.mark.parametrize("settings", [NoneProviderSettings(), FixedProviderSettings()])
def test_provider_may_be_closed_twice(settings):
    provider = open_provider(settings)
    provider.close()
    provider.close()
