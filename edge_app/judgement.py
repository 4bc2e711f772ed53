"""The pure half of the way of a frame: signals and vehicle in, driver state and alerts out.

It is what a trace records and a replay repeats. No picture, no clock, no I/O: the same inputs give the same judgements.
"""

from __future__ import annotations

from dataclasses import dataclass

from calibration.driver.profile import DriverProfile
from edge_app.alerts.policy import AlertPolicy, PolicyStep
from edge_app.alerts.settings import AlertSettings
from edge_app.camera.faults import CameraFault
from edge_app.driver_state.driven_time import DrivenTime
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.personal import PersonalCalibration
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
    time_of_day_h: float | None = None  # local, 0..24; None while the clock is not to be trusted
    profile: DriverProfile | None = (
        None  # kept of the driver who sits there; at the one moment at which it was found
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one moment led to."""

    state: DriverState
    policy: PolicyStep


class DriverJudge:
    """Estimators and policy over one drive. Moments must come in order of time."""

    def __init__(
        self,
        driver_state: DriverStateSettings,
        alerts: AlertSettings,
        profile: DriverProfile | None = None,
    ) -> None:
        """profile: of the driver who sits there, where known from earlier drives."""
        self._driver_state = driver_state
        personal = PersonalCalibration(driver_state, profile)
        self.estimator = DriverStateEstimator(driver_state, personal)
        self.policy = AlertPolicy(alerts)
        self._driven = DrivenTime(driver_state.drowsiness.rest_s)
        self.last_s: float | None = None
        self._parked = False

    def step(self, moment: Moment) -> Judgement:
        """Raises `ValueError` where time stands still or runs backwards."""
        self.last_s = moment.signals.t_s
        if self._parked:
            # What was seen while parked (sleep, a head turned to the passenger) says nothing of the drive; the
            # driver's eyes stay the same.
            personal = self.estimator.personal
            personal.note_parked()
            self.estimator = DriverStateEstimator(self._driver_state, personal)
        if moment.profile is not None:
            self.estimator.personal.take_over(moment.profile)
        driving = Driving(
            speed_kmh=moment.vehicle.speed_kmh,
            reverse=moment.vehicle.reverse,
            driven_s=self._driven.step(moment.signals.t_s, parked=self._parked),
            time_of_day_h=moment.time_of_day_h,
        )
        state = self.estimator.step(moment.signals, driving)
        policy = self.policy.step(state, moment.vehicle, acknowledged=moment.acknowledged)
        self._parked = policy.parked
        return Judgement(state, policy)
