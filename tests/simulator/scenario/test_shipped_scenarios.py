"""What the shipped scenarios promise in their descriptions is what a good camera's signals lead to."""

from __future__ import annotations

import pytest

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.load import load_scenario, shipped_names
from edge_app.alerts.event import EventType
from edge_app.judgement import DriverJudge, Moment
from edge_app.settings import VigilSettings

PROMISED = {
    "attentive": set(),
    "demo_drive": {
        *(EventType.YAWN, EventType.MICROSLEEP, EventType.DROWSINESS, EventType.SLEEP),
        EventType.OFF_ROAD_GLANCE,
    },
    "drowsy_evening": {EventType.DROWSINESS},
    "eating": set(),
    "hides_after_warning": {EventType.SLEEP, EventType.DEGRADED},
    "impaired_strong": set(),
    "long_distraction": {EventType.OFF_ROAD_GLANCE},
    "low_sun": set(),
    "mask": {EventType.SLEEP},
    "microsleep": {EventType.MICROSLEEP},
    "narrow_eyes": {EventType.MICROSLEEP},
    "passenger": {EventType.SLEEP},
    "phone_in_lap": {EventType.OFF_ROAD_GLANCE},
    "sleep": {EventType.SLEEP},
    "sunglasses": {EventType.DEGRADED},
    "talking_and_singing": set(),
    "tunnel": set(),
    "unresponsive": {EventType.UNRESPONSIVE},
    "vats": {EventType.OFF_ROAD_SHARE},
    "yawns": {EventType.YAWN},
}
UNEVENTFUL = ("attentive", "eating", "low_sun", "talking_and_singing", "tunnel")


def told(name: str) -> set[EventType]:
    """Events of a drive whose signals are read at 20 frames/s, the fewest at which blinks are measured."""
    scenario = load_scenario(name, ["camera.frame_rate_hz=20"])
    settings = VigilSettings()
    performance = Performance(scenario)
    judge = DriverJudge(settings.driver_state, settings.alerts)
    events = set()
    for signals in SignalSampler(performance).sample([time.t_s for time in frame_times(scenario)]):
        moment = Moment(signals=signals, vehicle=performance.vehicle_at(signals.t_s))
        events |= {event.type for event in judge.step(moment).policy.events}
    return events


def test_every_shipped_scenario_promises_something():
    assert set(PROMISED) == set(shipped_names())


@pytest.mark.parametrize("name", [name for name, promised in PROMISED.items() if promised])
def test_scenario_leads_to_what_it_is_for(name):
    assert PROMISED[name] <= told(name)


@pytest.mark.parametrize("name", UNEVENTFUL)
def test_nothing_is_warned_of_in_a_scenario_of_attentive_driving(name):
    assert told(name) == set()
