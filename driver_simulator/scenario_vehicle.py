"""The vehicle of a simulated drive, for `vigil run --source sim:SCENARIO`: speed, gear and ignition as scripted."""

from __future__ import annotations

from driver_simulator.scenario.load import load_scenario
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.scenario.timeline import span_at
from edge_app.vehicle.state import VehicleState


def vehicle_state(scenario: Scenario, t_s: float) -> VehicleState:
    """What the scenario's vehicle tells at `t_s`."""
    span = span_at(scenario.vehicle, t_s)
    return VehicleState(
        speed_kmh=span.speed_kmh, ignition_on=span.ignition_on, reverse=span.reverse
    )


class ScenarioVehicle:
    """`VehicleProvider` of a scenario; frame times are the scenario's times."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def read(self, t_s: float) -> VehicleState:
        return vehicle_state(self._scenario, t_s)

    def close(self) -> None:
        return


def open_provider(file_or_name: str) -> ScenarioVehicle:
    """The vehicle of the scenario that stands behind `sim:`. Raises `UserError`."""
    return ScenarioVehicle(load_scenario(file_or_name))
