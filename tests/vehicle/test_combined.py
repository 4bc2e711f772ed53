"""The first that knows a value tells it; the next stands in; a loss that is bridged is told all the same."""

from __future__ import annotations

import pytest

from edge_app.errors import UserError
from edge_app.vehicle.combined import CombinedProvider
from edge_app.vehicle.network_settings import GnssProviderSettings, MqttProviderSettings
from edge_app.vehicle.providers import as_linked, beside_a_recording, open_provider
from edge_app.vehicle.settings import (
    CombinedProviderSettings,
    FixedProviderSettings,
    NoneProviderSettings,
)
from edge_app.vehicle.state import VehicleState
from edge_app.vehicle.words import in_words
from tests.brokers import wait_until


class Told:
    """A provider that says what it was given."""

    def __init__(self, state: VehicleState, trouble: str | None = None) -> None:
        self.state = state
        self.said = trouble
        self.closed = False

    def read(self, t_s: float) -> VehicleState:
        return self.state

    def trouble(self) -> str | None:
        return self.said

    def trouble_after(self, wait_s: float) -> str | None:
        return self.said

    def close(self) -> None:
        self.closed = True


def test_each_value_is_that_of_the_first_who_knows_it():
    first = Told(VehicleState(speed_kmh=50.0, reverse=False))
    second = Told(VehicleState(48.0, True, True, 0.1))
    combined = CombinedProvider([first, second])
    assert combined.read(0.0) == VehicleState(50.0, True, False, 0.1)
    first.state = VehicleState()
    assert combined.read(0.0) == VehicleState(48.0, True, True, 0.1)
    combined.close()
    assert first.closed
    assert second.closed


def test_ignition_of_one_is_held_against_the_speed_of_another():
    combined = CombinedProvider([Told(VehicleState(ignition_on=False)), Told(VehicleState(90.0))])
    assert combined.read(0.0) == VehicleState(90.0, None)


def test_trouble_is_told_though_another_stands_in():
    combined = CombinedProvider([Told(VehicleState(), "CAN was lost"), Told(VehicleState(90.0))])
    assert combined.trouble() == "CAN was lost"
    assert combined.trouble_after(0.0) == "CAN was lost"


def test_satellites_that_are_not_there_leave_the_fixed_values():
    settings = CombinedProviderSettings(
        providers=(
            GnssProviderSettings(host="127.0.0.1", port=1),
            FixedProviderSettings(speed_kmh=7.0),
        )
    )
    provider = open_provider(settings)
    try:
        assert provider.read(0.0) == VehicleState(7.0, True)
        linked = as_linked(provider)
        wait_until(lambda: "gpsd at 127.0.0.1:1" in (linked.trouble() or ""), "why")
    finally:
        provider.close()


def test_one_that_can_never_work_ends_the_start(tmp_path):
    settings = CombinedProviderSettings(
        providers=(
            GnssProviderSettings(host="127.0.0.1", port=1),
            MqttProviderSettings(ca_file=tmp_path / "none.pem"),
        )
    )
    with pytest.raises(UserError, match=r"none\.pem"):
        open_provider(settings)


def test_provider_without_a_link_is_in_no_trouble():
    assert as_linked(open_provider(NoneProviderSettings())) is None


def test_link_does_not_speak_beside_a_recording_and_fixed_values_do():
    link, fixed = GnssProviderSettings(), FixedProviderSettings(speed_kmh=7.0)
    assert beside_a_recording(link).type == "source"
    assert beside_a_recording(CombinedProviderSettings(providers=(link, fixed))).type == "source"
    assert beside_a_recording(fixed) == fixed


def test_state_in_words_names_what_is_known():
    assert in_words(VehicleState()) == "speed unknown"
    assert in_words(VehicleState(72.5, True, False, -0.5)) == (
        "speed 72.5 km/h, ignition on, not in reverse, wheel 29° to the right"
    )
    assert in_words(VehicleState(0.0, False, True, 0.001)) == (
        "speed 0 km/h, ignition off, in reverse, wheel straight"
    )
