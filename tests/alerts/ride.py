"""A driver of known deeds, watched to the end of the way: signals, driver state, alerts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from edge_app.alerts.event import ActiveAlert, Event, EventType
from edge_app.alerts.policy import AlertPolicy, PolicyStep
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals
from edge_app.vehicle.state import VehicleState
from tests.driver_state.traces import Driver, frame_times, sample

ALERTS = AlertSettings()
STATE = DriverStateSettings()
FRAME_S = 1.0 / 30.0
# One frame to see a thing begin, and one more where its time is no whole number of frames.
SOON = 2 * FRAME_S
# An end waits until the open frames win the vote.
END_SEEN = SOON + STATE.lids.vote_s * (1.0 - STATE.lids.vote_share) + FRAME_S
STARTED_S = STATE.glance.learn_s + 5.0  # the forward direction is known

FAST = VehicleState(speed_kmh=100.0, ignition_on=True)
UNKNOWN = VehicleState()
Motion = Callable[[float], VehicleState]


def at_speed(speed_kmh: float) -> VehicleState:
    return VehicleState(speed_kmh=speed_kmh, ignition_on=True)


@dataclass(frozen=True)
class Ride:
    """What the policy said at each frame."""

    times_s: Sequence[float]
    steps: Sequence[PolicyStep]

    @property
    def events(self) -> list[Event]:
        return [event for step in self.steps for event in step.events]

    def of(self, type: EventType) -> list[Event]:
        return [event for event in self.events if event.type is type]

    def times_of(self, type: EventType) -> list[float]:
        return [event.t_s for event in self.of(type)]

    def ended(self, type: EventType) -> list[float]:
        """When alerts whose last name was `type` ended."""
        ends = self.of(EventType.ALERT_ENDED)
        return [event.t_s for event in ends if event.values["alert"] == type.value]

    def at(self, t_s: float) -> PolicyStep:
        return [s for time, s in zip(self.times_s, self.steps, strict=True) if time <= t_s + 1e-9][
            -1
        ]

    def voice_at(self, t_s: float) -> ActiveAlert | None:
        return self.at(t_s).voice

    def active_at(self, t_s: float) -> set[EventType]:
        return {alert.type for alert in self.at(t_s).active}


def ride(
    driver: Driver,
    duration_s: float,
    vehicle: VehicleState | Motion = UNKNOWN,
    *,
    frame_rate_hz: float = 30.0,
    pressed_s: Collection[float] = (),
    alerts: AlertSettings = ALERTS,
    state: DriverStateSettings = STATE,
) -> Ride:
    """`pressed_s`: when the driver presses the button."""
    signals = sample(driver, frame_times(duration_s, frame_rate_hz))
    return ride_of(signals, vehicle, pressed_s=pressed_s, alerts=alerts, state=state)


def ride_of(
    signals: Sequence[Signals],
    vehicle: VehicleState | Motion = UNKNOWN,
    *,
    pressed_s: Collection[float] = (),
    alerts: AlertSettings = ALERTS,
    state: DriverStateSettings = STATE,
) -> Ride:
    estimator, policy = DriverStateEstimator(state), AlertPolicy(alerts)
    waiting = sorted(pressed_s)
    steps = []
    for moment in signals:
        pressed = bool(waiting) and waiting[0] <= moment.t_s
        if pressed:
            waiting.pop(0)
        known = vehicle if isinstance(vehicle, VehicleState) else vehicle(moment.t_s)
        steps.append(policy.step(estimator.step(moment), known, acknowledged=pressed))
    return Ride([moment.t_s for moment in signals], steps)


def soon_after(actual_s: float | None, expected_s: float, late_s: float = SOON) -> bool:
    return actual_s is not None and expected_s - 1e-6 <= actual_s <= expected_s + late_s + 1e-6
