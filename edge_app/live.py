"""The loop of the vehicle program: newest frame, monitor, cabin, telemetry, page; until told to stop.

The perception thread runs it. Nothing in it waits for the network or the disk, save an optional recording; a trace
is handed over in memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np

from edge_app.alerts.event import EventType
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.capture import CaptureTurn
from edge_app.camera.faults import CameraFault
from edge_app.camera.frame import Frame
from edge_app.learning_anew import AnewWish, LearningAnew
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.telemetry.clock import time_of_day_h
from edge_app.telemetry.health import LoopHealth
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.providers import VehicleProvider, as_linked

if TYPE_CHECKING:  # a vehicle without a trace loads neither MCAP nor its compression
    from edge_app.service.upkeep import Upkeep
    from edge_app.stills.open_stills import EventStills
    from edge_app.trace.recorder import TraceRecorder

_log = logging.getLogger(__name__)

_TURN_TIMEOUT_S = 0.2
_LATENCIES_KEPT = 1800  # a minute at 30 frames/s
_RATE_WINDOW_S = 10.0
_CLOCK_STEP_S = 1.0


class FrameFeed(Protocol):
    """`Capture` or `DirectFeed`."""

    def start(self) -> None: ...

    def next(self, timeout_s: float) -> CaptureTurn: ...

    def close(self) -> None: ...


class Watcher(Protocol):
    """Somebody who sees every step: a page, a recording. Must not hold the loop up for long."""

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        """`frame`: the last one that came; None while the camera has not delivered any."""
        ...


class LoopCounters:
    """What the loop tells of itself. Written by the loop, read by telemetry's thread."""

    def __init__(self, model_bundle: str) -> None:
        self._model_bundle = model_bundle
        self._lock = threading.Lock()
        self._latencies_s: deque[float] = deque(maxlen=_LATENCIES_KEPT)
        self._turned_s: deque[float] = deque(maxlen=_LATENCIES_KEPT)
        self.frames = 0
        self.dropped = 0
        self.out_of_order = 0
        self.failed = 0  # frames on which perception raised an error

    def count(self, latency_s: float | None, now_s: float) -> None:
        with self._lock:
            self.frames += 1
            self._turned_s.append(now_s)
            if latency_s is not None:
                self._latencies_s.append(latency_s)

    def health(self) -> LoopHealth:
        with self._lock:
            latencies_ms = np.array(self._latencies_s or [0.0]) * 1e3
            turned_s = np.array(self._turned_s)
        recent = turned_s[turned_s > time.monotonic() - _RATE_WINDOW_S]
        span_s = float(recent[-1] - recent[0]) if len(recent) > 1 else 0.0
        p50, p95, p99 = (float(p) for p in np.percentile(latencies_ms, [50, 95, 99]))
        return LoopHealth(
            frame_rate_hz=(len(recent) - 1) / span_s if span_s > 0 else 0.0,
            frames=self.frames,
            frames_dropped=self.dropped,
            latency_p50_ms=p50,
            latency_p95_ms=p95,
            latency_p99_ms=p99,
            model_bundle=self._model_bundle,
        )


class LiveLoop:
    """Runs until the feed ends or `stop` is called. Used from one thread, save `stop`, `acknowledge`, `learn_anew`."""

    def __init__(
        self,
        *,
        feed: FrameFeed,
        monitor: DriverMonitor,
        vehicle: VehicleProvider,
        cabin: CabinVoice,
        telemetry: Telemetry,
        watchers: tuple[Watcher, ...] = (),
        trace: TraceRecorder | None = None,
        upkeep: Upkeep | None = None,
        stills: EventStills | None = None,
        model_bundle: str,
    ) -> None:
        self._feed = feed
        self._monitor = monitor
        self._vehicle = vehicle
        self._cabin = cabin
        self._telemetry = telemetry
        self._watchers = list(watchers)
        self._trace = trace
        self._upkeep = upkeep
        self._stills = stills
        self._taken = 0  # frames read, those that were left out among them
        self._watchers_failed = False
        self._perception_fails = False
        self.counters = LoopCounters(model_bundle)
        telemetry.health_source = self.counters.health
        self._stop = threading.Event()
        self._acknowledged = threading.Event()
        self._anew: AnewWish | None = None
        self._last_frame: Frame | None = None
        self._frame_clock_s: float | None = None  # monotonic time minus frame time
        self._fault: CameraFault | None = None
        self.last: MonitorStep | None = None

    def stop(self) -> None:
        self._stop.set()

    def acknowledge(self) -> None:
        """The driver has heard it. From any thread."""
        self._acknowledged.set()

    def learn_anew(self, timeout_s: float) -> LearningAnew:
        """Forget what was learned of the driver, while parked. Waits for the loop's next turn; from another thread."""
        wish = AnewWish()
        self._anew = wish
        return wish.wait(timeout_s)

    def _grant_anew(self) -> None:
        """As after a recording's end: a trace tells it too, and alerts that hold would be lost, hence only parked."""
        wish, self._anew = self._anew, None
        if wish is None or not wish.take():
            return
        answer = LearningAnew.NOT_PARKED
        try:
            if self.last is not None and self.last.policy.parked:
                self._monitor.restart()
                answer = LearningAnew.BEGUN
        finally:
            wish.tell(answer)

    def run(self) -> None:
        """The feed must have been started. Raises `SourceError` when the source can never be opened."""
        while not self._stop.is_set():
            self._grant_anew()
            self._does("capture")
            turn = self._feed.next(_TURN_TIMEOUT_S)
            self._taken += turn.frame is not None
            self._cabin.lives()
            if self._admits(turn):
                self._step(turn)
            if self._upkeep is not None:
                self._upkeep.turned(self._taken, turn.dropped)
            if turn.ended:
                return

    def _does(self, part: str) -> None:
        if self._upkeep is not None:
            self._upkeep.doing = part

    def _admits(self, turn: CaptureTurn) -> bool:
        return self._upkeep is None or turn.frame is None or self._upkeep.admits(turn.frame.t_s)

    def _step(self, turn: CaptureTurn) -> None:
        self.counters.dropped = turn.dropped
        acknowledged = self._acknowledged.is_set()
        self._does("perception")
        step = self._judge(turn, acknowledged)
        self._does("telling")
        if turn.frame is not None and step is None:
            self.counters.out_of_order += 1
        if step is None:
            return
        if acknowledged:
            self._acknowledged.clear()
        self._tell_fault(turn.fault or step.fault, turn.detail)
        self.last = step
        self._cabin.post(step.policy.voice)
        now_s = time.monotonic()
        if turn.frame is not None:
            self.counters.count(
                now_s - turn.captured_s if turn.captured_s is not None else None, now_s
            )
        stills = self._stills
        for event in step.policy.events if stills is None else stills.step(turn.frame, step):
            self._telemetry.post_event(event)
        camera = self._fault.value if self._fault else "ok"
        self._telemetry.post_state(
            step.state, step.policy.active, self._vehicle.read(step.state.t_s), camera
        )
        self._telemetry.post_status(self._degraded(step))
        self._show(step)

    def _judge(self, turn: CaptureTurn, acknowledged: bool) -> MonitorStep | None:
        frame = turn.frame
        if frame is not None:
            return self._judge_frame(frame, turn.fault, acknowledged)
        if turn.fault is None or turn.ended:
            return None
        # No frame: time goes on from the last one, or from the machine's own clock, which is a camera's as well.
        t_s = time.monotonic() - (self._frame_clock_s or 0.0)
        return self._monitor.step_without_frame(
            t_s,
            turn.fault,
            self._vehicle.read(t_s),
            acknowledged=acknowledged,
            time_of_day_h=time_of_day_h(),
        )

    def _judge_frame(
        self, frame: Frame, fault: CameraFault | None, acknowledged: bool
    ) -> MonitorStep | None:
        if self._starts_anew(frame):
            _log.warning("camera: its clock has gone back; starting afresh")
            self._monitor.restart()
        self._last_frame = frame
        self._frame_clock_s = time.monotonic() - frame.t_s
        vehicle = self._vehicle.read(frame.t_s)
        try:
            step = self._monitor.step(
                frame,
                vehicle,
                fault=fault,
                acknowledged=acknowledged,
                time_of_day_h=time_of_day_h(),
            )
            self._perception_fails = False
        except Exception:  # noqa: BLE001 - logged, counted, published
            # One picture that perception cannot digest must not end the watch.
            if not self._perception_fails:
                _log.exception("perception failed on a frame; going on without it")
            self._perception_fails = True
            self.counters.failed += 1
            step = self._monitor.step_without_frame(
                frame.t_s,
                fault,
                vehicle,
                acknowledged=acknowledged,
                time_of_day_h=time_of_day_h(),
            )
        return step

    def _starts_anew(self, frame: Frame) -> bool:
        """Whether the source counts time from another beginning than what came before."""
        return self.last is not None and frame.t_s < self.last.state.t_s - _CLOCK_STEP_S

    def _show(self, step: MonitorStep) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher.step(self._last_frame, step)
            except Exception as error:  # noqa: BLE001 - logged, published
                # A full disk, a reader that has gone away, a broken encoder: watching the driver matters more.
                self._watchers.remove(watcher)
                self._watchers_failed = True
                _log.error("%s stopped: %s", type(watcher).__name__, error)

    def _tell_fault(self, fault: CameraFault | None, detail: str | None) -> None:
        if fault is self._fault:
            return
        self._fault = fault
        if fault is None:
            _log.warning("camera: ok again")
        else:
            _log.warning("camera: %s", detail or fault.value)

    def _degraded(self, step: MonitorStep) -> tuple[str, ...]:
        """Why the unit cannot do all its work now, one word each."""
        reasons = [f"camera_{self._fault.value}"] if self._fault else []
        reasons += [
            alert.reason
            for alert in step.policy.active
            if alert.type is EventType.DEGRADED and not self._fault
        ]
        if self._perception_fails:
            reasons.append("perception_fault")
        if self._upkeep is not None:
            reasons += self._upkeep.reasons
        if self._watchers_failed:
            reasons.append("recording_failed")
        if self._stills is not None and self._stills.failing:
            reasons.append("stills_failed")
        if self._trace is not None and self._trace.failing:
            reasons.append("trace_failed")
        linked = as_linked(self._vehicle)
        if linked is not None and linked.trouble() is not None:
            reasons.append("vehicle_silent")
        failing = sorted(
            name for name, failure in self._cabin.failures().items() if failure.failing
        )
        return (*reasons, *(f"cabin_{name.replace(' ', '_')}" for name in failing))
