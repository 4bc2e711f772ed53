"""The way of a frame, from picture to alert: the same code live and offline.

A frame (or the word that there is none) comes in; observation, signals, driver state and alerts come out. No clock,
no I/O, no threads.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.alerts.policy import AlertPolicy, PolicyStep
from edge_app.camera.faults import CameraFault, PictureCheck
from edge_app.camera.frame import Frame
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.face.observation import FaceObservation, Perception
from edge_app.face.signal_reading import SignalReader
from edge_app.face.tracker import FaceTracker
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState


@dataclass(frozen=True, slots=True)
class MonitorStep:
    """What one frame led to."""

    observation: FaceObservation | None
    fault: CameraFault | None
    signals: Signals
    state: DriverState
    policy: PolicyStep


class DriverMonitor:
    """One driver watched over time. Frames must come in order of time; one that does not is left out."""

    def __init__(self, perception: Perception, settings: VigilSettings) -> None:
        self._perception = perception
        self._settings = settings
        self._reader = SignalReader(settings.perception)
        self.restart()

    def restart(self) -> None:
        """Forget everything seen so far: what follows has nothing to do with it."""
        settings = self._settings
        self._picture_check = PictureCheck(settings.camera)
        self._tracker = FaceTracker(self._perception, settings.perception)
        self._estimator = DriverStateEstimator(settings.driver_state)
        self._policy = AlertPolicy(settings.alerts)
        self._last_s: float | None = None
        self._parked = False

    def step(
        self,
        frame: Frame,
        vehicle: VehicleState,
        *,
        fault: CameraFault | None = None,
        acknowledged: bool = False,
    ) -> MonitorStep | None:
        """None for a frame that is not later than the one before it. `fault`: what capture found."""
        if self._last_s is not None and frame.t_s <= self._last_s:
            return None
        fault = fault or self._picture_check.step(frame)
        if fault is not None:
            self._tracker.forget()
            return self._without_face(frame.t_s, fault, fault.unavailable, vehicle, acknowledged)
        observation = self._tracker.step(frame)
        if observation is None:
            return self._without_face(frame.t_s, None, Unavailable.NO_FACE, vehicle, acknowledged)
        signals = self._reader.read(frame, observation)
        return self._judge(observation, None, signals, vehicle, acknowledged)

    def step_without_frame(
        self,
        t_s: float,
        fault: CameraFault | None,
        vehicle: VehicleState,
        *,
        acknowledged: bool = False,
    ) -> MonitorStep | None:
        """The camera delivers nothing at `t_s`, or its frame could not be judged: that too has consequences."""
        if self._last_s is not None and t_s <= self._last_s:
            return None
        self._tracker.forget()
        reason = fault.unavailable if fault else Unavailable.UNCERTAIN
        return self._without_face(t_s, fault, reason, vehicle, acknowledged)

    def _without_face(
        self,
        t_s: float,
        fault: CameraFault | None,
        reason: Unavailable,
        vehicle: VehicleState,
        acknowledged: bool,
    ) -> MonitorStep:
        signals = Signals.without_face(t_s, reason)
        return self._judge(None, fault, signals, vehicle, acknowledged)

    def _judge(
        self,
        observation: FaceObservation | None,
        fault: CameraFault | None,
        signals: Signals,
        vehicle: VehicleState,
        acknowledged: bool,
    ) -> MonitorStep:
        self._last_s = signals.t_s
        if self._parked:
            # What was seen while parked (sleep, a head turned to the passenger) says nothing of the drive.
            self._estimator = DriverStateEstimator(self._settings.driver_state)
        state = self._estimator.step(signals)
        policy = self._policy.step(state, vehicle, acknowledged=acknowledged)
        self._parked = policy.parked
        return MonitorStep(observation, fault, signals, state, policy)
