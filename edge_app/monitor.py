"""The way of a frame, from picture to alert: the same code live and offline.

A frame (or the word that there is none) comes in; observation, signals, driver state and alerts come out. No clock,
no I/O, no threads.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Protocol

from calibration.camera.lens import Lens
from calibration.driver.profile import DriverProfile
from edge_app.alerts.policy import PolicyStep
from edge_app.blink_head.last_blinks import LastBlinks
from edge_app.camera.faults import CameraFault, PictureCheck
from edge_app.camera.frame import Frame
from edge_app.driver_state.personal import PersonalCalibration
from edge_app.driver_state.signals import HeadReading, Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.face.observation import FaceObservation, Perception
from edge_app.face.signal_reading import SignalReader
from edge_app.face.temporal_reading import TemporalReader
from edge_app.face.tracker import FaceTracker
from edge_app.judgement import DriverJudge, Judgement, Moment
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MonitorStep:
    """What one frame led to."""

    observation: FaceObservation | None
    fault: CameraFault | None
    signals: Signals
    state: DriverState
    policy: PolicyStep


class Tracer(Protocol):
    """Is told every moment and what it led to: `TraceRecorder`. Never waits for the disk, never raises."""

    def begin(self, judge: DriverJudge) -> None:
        """`judge` knows nothing yet: what follows has nothing to do with what was before."""
        ...

    def judged(self, moment: Moment, judgement: Judgement, judge: DriverJudge) -> None:
        """`judge` is as it is after that moment."""
        ...


class Keeper(Protocol):
    """Knows drivers of earlier drives: `ProfileKeeper`. Never waits for the disk."""

    def begin(self) -> None:
        """What follows has nothing to do with what was before."""
        ...

    def profile_for(self, signals: Signals) -> DriverProfile | None:
        """Of the driver who sits there, at the one moment at which it is found."""
        ...

    def judged(self, state: DriverState, learned: PersonalCalibration) -> None:
        """`learned`: of that driver, after this moment."""
        ...


class DriverMonitor:
    """One driver watched over time. Frames must come in order of time; one that does not is left out."""

    def __init__(
        self,
        perception: Perception,
        settings: VigilSettings,
        *,
        lens: Lens | None = None,
        tracer: Tracer | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """lens: of the camera that frames come from, where it is known."""
        self._perception = perception
        self._settings = settings
        self._tracer = tracer
        self._keeper = keeper
        self._reader = SignalReader(settings.perception, lens)
        self._temporal_failed = False
        self.restart()

    def restart(self) -> None:
        """Forget everything seen so far: what follows has nothing to do with it."""
        settings = self._settings
        self._picture_check = PictureCheck(settings.camera)
        self._tracker = FaceTracker(self._perception, settings.perception)
        self._judge = DriverJudge(settings.driver_state, settings.alerts)
        model = self._perception.temporal
        self._temporal: TemporalReader | None = None
        if model is not None and not self._temporal_failed:
            lids = settings.driver_state.lids
            self._temporal = TemporalReader(model, same_driver_s=lids.usual_memory_s)
        head = self._perception.blink_head
        self._blinks = None if head is None else LastBlinks(head)
        self._parked = False
        if self._keeper is not None:
            self._keeper.begin()
        if self._tracer is not None:
            self._tracer.begin(self._judge)

    def step(
        self,
        frame: Frame,
        vehicle: VehicleState,
        *,
        fault: CameraFault | None = None,
        acknowledged: bool = False,
        time_of_day_h: float | None = None,
    ) -> MonitorStep | None:
        """None for a frame that is not later than the one before it. `fault`: what capture found."""
        if self._judge.last_s is not None and frame.t_s <= self._judge.last_s:
            return None
        fault = fault or self._picture_check.step(frame)
        if fault is not None:
            self._tracker.forget()
            signals = Signals.without_face(frame.t_s, fault.unavailable)
            return self._judged(None, Moment(signals, vehicle, acknowledged, fault, time_of_day_h))
        observation = self._tracker.step(frame)
        if observation is None:
            signals = Signals.without_face(frame.t_s, Unavailable.NO_FACE)
            return self._judged(None, Moment(signals, vehicle, acknowledged, None, time_of_day_h))
        readings, anew = self._over_time(frame.t_s, observation)
        signals = self._reader.read(frame, observation, readings, temporal_anew=anew)
        return self._judged(
            observation, Moment(signals, vehicle, acknowledged, None, time_of_day_h)
        )

    def step_without_frame(
        self,
        t_s: float,
        fault: CameraFault | None,
        vehicle: VehicleState,
        *,
        acknowledged: bool = False,
        time_of_day_h: float | None = None,
    ) -> MonitorStep | None:
        """The camera delivers nothing at `t_s`, or its frame could not be judged: that too has consequences."""
        if self._judge.last_s is not None and t_s <= self._judge.last_s:
            return None
        self._tracker.forget()
        reason = fault.unavailable if fault else Unavailable.UNCERTAIN
        signals = Signals.without_face(t_s, reason)
        return self._judged(None, Moment(signals, vehicle, acknowledged, fault, time_of_day_h))

    def _over_time(
        self, t_s: float, observation: FaceObservation
    ) -> tuple[tuple[HeadReading, ...], bool]:
        """What heads over time say, with the memory of this driver alone; and whether they begin anew with him."""
        if self._temporal is None or self._parked:
            return (), False
        if self._tracker.handed_over:
            self._temporal.forget()
        if observation.embedding is None:
            return (), False
        try:
            return self._temporal.step(t_s, observation.embedding), self._temporal.begun_anew
        except Exception:  # noqa: BLE001 - logged; nothing is decided by it, so the frame must not be lost for it
            _log.exception("what follows the face over time has failed; going on without it")
            self._temporal, self._temporal_failed = None, True
            return (), True

    def _judged(self, observation: FaceObservation | None, moment: Moment) -> MonitorStep:
        if self._keeper is not None:
            moment = replace(moment, profile=self._keeper.profile_for(moment.signals))
        if self._blinks is not None:
            signals = replace(moment.signals, blink_reading=self._blinks.reading)
            moment = replace(moment, signals=signals)
        judgement = self._judge.step(moment)
        if self._keeper is not None:
            self._keeper.judged(judgement.state, self._judge.estimator.personal)
        if self._blinks is not None:
            self._blinks.judged(judgement.state)
        self._parked = judgement.policy.parked
        if self._parked and self._temporal is not None:
            # As for the judge: what is seen while parked says nothing of the drive.
            self._temporal.forget()
        if self._parked and self._blinks is not None:
            self._blinks.forget()
        if self._tracer is not None:
            self._tracer.judged(moment, judgement, self._judge)
        return MonitorStep(
            observation, moment.fault, moment.signals, judgement.state, judgement.policy
        )
