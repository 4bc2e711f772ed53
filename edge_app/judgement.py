"""The pure half of the way of a frame: signals and vehicle in, driver state and alerts out.

It is what a trace records and a replay repeats. No picture, no clock, no I/O: the same inputs give the same judgements.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.alerts.policy import AlertPolicy, PolicyStep
from edge_app.alerts.settings import AlertSettings
from edge_app.camera.faults import CameraFault
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.vehicle.state import VehicleState


@dataclass(frozen=True, slots=True)
class Moment:
    """All that is known at one moment, before it is judged."""

    signals: Signals
    vehicle: VehicleState
    acknowledged: bool = False  # the driver has pressed the button since the last moment
    fault: CameraFault | None = None  # told along: what follows from it stands in the signals


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one moment led to."""

    state: DriverState
    policy: PolicyStep


class DriverJudge:
    """Estimators and policy over one drive. Moments must come in order of time."""

    def __init__(self, driver_state: DriverStateSettings, alerts: AlertSettings) -> None:
        self._driver_state = driver_state
        self.estimator = DriverStateEstimator(driver_state)
        self.policy = AlertPolicy(alerts)
        self.last_s: float | None = None
        self._parked = False

    def step(self, moment: Moment) -> Judgement:
        """Raises `ValueError` where time stands still or runs backwards."""
        self.last_s = moment.signals.t_s
        if self._parked:
            # What was seen while parked (sleep, a head turned to the passenger) says nothing of the drive.
            self.estimator = DriverStateEstimator(self._driver_state)
        state = self.estimator.step(moment.signals)
        policy = self.policy.step(state, moment.vehicle, acknowledged=moment.acknowledged)
        self._parked = policy.parked
        return Judgement(state, policy)
