"""What the providers say of the vehicle."""

from __future__ import annotations

import pytest

from edge_app.camera.sources import added_source
from edge_app.errors import UserError
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.settings import (
    FixedProviderSettings,
    NoneProviderSettings,
    SourceProviderSettings,
    VehicleSettings,
)
from edge_app.vehicle.state import VehicleState

_DRIVE = """
from edge_app.vehicle.state import VehicleState

class Drive:
    def __init__(self, name):
        self.name = name

    def read(self, t_s):
        return VehicleState(speed_kmh=float(self.name) + t_s)

    def close(self):
        pass
"""


@pytest.fixture
def drive_package(tmp_path, monkeypatch):
    """A package whose sources `drive:` know the vehicle, and one (`torn:`) that misses what it needs."""
    info = tmp_path / "drive-1.0.dist-info"
    info.mkdir()
    (tmp_path / "drive_of_tests.py").write_text(_DRIVE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: drive\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[vigil.vehicle_providers]\ndrive = drive_of_tests:Drive\ntorn = not_there:Drive\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def test_nothing_is_known_by_default_of_a_camera():
    provider = open_provider(VehicleSettings().provider, added_source("v4l2:0"))
    assert provider.read(12.0) == VehicleState(None, None, None)


def test_source_that_knows_its_vehicle_tells_it_by_default(drive_package):
    provider = open_provider(VehicleSettings().provider, ("drive", "100"))
    assert provider.read(12.0) == VehicleState(112.0, None, None)


def test_provider_that_is_configured_speaks_in_place_of_the_source(drive_package):
    for settings in (NoneProviderSettings(), FixedProviderSettings(speed_kmh=30)):
        provider = open_provider(settings, ("drive", "100"))
        assert provider.read(12.0).speed_kmh == getattr(settings, "speed_kmh", None)


def test_source_whose_vehicle_cannot_be_loaded_says_what_to_do(drive_package):
    with pytest.raises(UserError, match=r"not_there.*vehicle\.provider\.type to none"):
        open_provider(VehicleSettings().provider, ("torn", ""))


@pytest.mark.parametrize("speed_kmh", [None, 0.0, 80.0])
def test_fixed_provider_says_what_the_settings_say_at_any_time(speed_kmh):
    provider = open_provider(FixedProviderSettings(speed_kmh=speed_kmh, ignition_on=False))
    assert provider.read(0.0) == provider.read(1e6) == VehicleState(speed_kmh, False, None)


@pytest.mark.parametrize(
    "settings", [SourceProviderSettings(), NoneProviderSettings(), FixedProviderSettings()]
)
def test_provider_may_be_closed_twice(settings):
    provider = open_provider(settings)
    provider.close()
    provider.close()
