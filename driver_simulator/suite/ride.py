"""A script driven to the end of the way: as signals of a good perception, or drawn and read by a real one.

In: a scenario and the settings. Out: what the policy told, and the level of drowsiness over time.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.simulated_camera import SimulatedCamera
from edge_app.alerts.event import Event
from edge_app.alerts.policy import PolicyStep
from edge_app.driver_state.state import DriverState
from edge_app.face.observation import Perception
from edge_app.judgement import DriverJudge, Moment
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings


@dataclass(frozen=True, slots=True)
class Ride:
    """What was told."""

    frames: int
    events: tuple[Event, ...]
    drowsiness: tuple[tuple[float, float], ...]  # (t_s, level), each second it was known


def signal_ride(
    scenario: Scenario, settings: VigilSettings, noise: PerceptionNoise | None = None
) -> Ride:
    """Through estimators and policy; thousands of frames in a second."""
    performance = Performance(scenario)
    judge = DriverJudge(settings.driver_state, settings.alerts)
    sampler = SignalSampler(performance, noise=noise, settings=settings.perception)
    button = _Button(performance.acknowledged_s)
    record = RideRecord()
    for signals in sampler.sample([frame.t_s for frame in frame_times(scenario)]):
        vehicle = performance.vehicle_at(signals.t_s)
        moment = Moment(signals, vehicle, button.pressed_by(signals.t_s))
        judgement = judge.step(moment)
        record.add(judgement.state, judgement.policy)
    return record.ride()


def picture_ride(scenario: Scenario, settings: VigilSettings, perception: Perception) -> Ride:
    """Drawn, found and read: the whole way of a frame."""
    performance = Performance(scenario)
    camera = SimulatedCamera(performance, settings.perception)
    monitor = DriverMonitor(perception, settings)
    button = _Button(performance.acknowledged_s)
    record = RideRecord()
    while (frame := camera.read()) is not None:
        vehicle = performance.vehicle_at(frame.t_s)
        step = monitor.step(frame, vehicle, acknowledged=button.pressed_by(frame.t_s))
        if step is not None:
            record.add(step.state, step.policy)
    return record.ride()


class RideRecord:
    """States and what was told of them, one after the other; keeps what a verdict needs."""

    def __init__(self) -> None:
        self._frames = 0
        self._events: list[Event] = []
        self._levels: list[tuple[float, float]] = []

    def add(self, state: DriverState, policy: PolicyStep) -> None:
        self._frames += 1
        self._events += policy.events
        level = state.drowsiness.level
        if level is not None and (not self._levels or state.t_s >= self._levels[-1][0] + 1.0):
            self._levels.append((state.t_s, level))

    def ride(self) -> Ride:
        return Ride(self._frames, tuple(self._events), tuple(self._levels))


class _Button:
    """Each press is handed on once, with the first frame after it."""

    def __init__(self, pressed_s: tuple[float, ...]) -> None:
        self._pressed_s = sorted(pressed_s)
        self._told = 0

    def pressed_by(self, t_s: float) -> bool:
        count = bisect_right(self._pressed_s, t_s)
        pressed, self._told = count > self._told, count
        return pressed
