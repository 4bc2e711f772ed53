"""One drive of a study: signals without a picture through the real estimators and policy, and a trace where asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.scenario import Scenario
from edge_app.alerts.event import Event
from edge_app.judgement import DriverJudge, Moment
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.ulid import UlidMaker
from edge_app.trace.machine import this_machine
from edge_app.trace.opening import Origin, recorded_settings
from edge_app.trace.recorder import TraceRecorder

_LEVEL_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class StudyDrive:
    """What is to be driven. `conditions`: columns of drives.csv."""

    name: str
    participant: str
    daylight: str
    scenario: Scenario
    start: datetime
    conditions: Mapping[str, str] = field(default_factory=dict)
    trace: Path | None = None  # folder of the trace; None writes none


@dataclass(frozen=True, slots=True)
class Driven:
    """What was told, seconds from the drive's start."""

    drive: StudyDrive
    told: tuple[tuple[float, str, str], ...]  # (t_s, event, level)
    levels: tuple[tuple[float, float], ...]  # (t_s, level of drowsiness)


def drive_it(settings: VigilSettings, drive: StudyDrive) -> Driven:
    """To its end. A function of a module, so that other processes can do it."""
    performance = Performance(drive.scenario)
    judge = DriverJudge(settings.driver_state, settings.alerts)
    sampler = SignalSampler(performance, settings=settings.perception)
    recorder = _recorder(drive, settings)
    told: list[tuple[float, str, str]] = []
    levels: list[tuple[float, float]] = []
    first_s: float | None = None
    try:
        if recorder is not None:
            recorder.begin(judge)
        for signals in sampler.sample([frame.t_s for frame in frame_times(drive.scenario)]):
            first_s = signals.t_s if first_s is None else first_s
            moment = Moment(
                signals,
                performance.vehicle_at(signals.t_s),
                time_of_day_h=_hour(drive.start, signals.t_s - first_s),
            )
            judgement = judge.step(moment)
            if recorder is not None:
                recorder.judged(moment, judgement, judge)
            told += [_row(event, first_s) for event in judgement.policy.events if event.level]
            level, t_s = judgement.state.drowsiness.level, signals.t_s - first_s
            if level is not None and (not levels or t_s >= levels[-1][0] + _LEVEL_EVERY_S):
                levels.append((t_s, level))
    finally:
        if recorder is not None:
            recorder.close()
    return Driven(drive, tuple(told), tuple(levels))


def _hour(start: datetime, since_s: float) -> float:
    """Local hours since midnight, as the drive's start counts them."""
    return (start.hour + start.minute / 60 + since_s / 3600) % 24


def _row(event: Event, first_s: float) -> tuple[float, str, str]:
    assert event.level is not None
    return event.t_s - first_s, event.type.value, event.level.word


def _recorder(drive: StudyDrive, settings: VigilSettings) -> TraceRecorder | None:
    if drive.trace is None:
        return None
    wall_s = drive.start.astimezone(timezone.utc).timestamp()
    origin = Origin(
        run_id=UlidMaker().make(wall_s),
        machine=this_machine(),
        perception="simulated signals",
        expression_labels=(),
        settings=recorded_settings(settings),
    )
    judged_by = {"driver_state": settings.driver_state, "alerts": settings.alerts}
    return TraceRecorder(
        drive.trace,
        settings.trace,
        origin,
        judged_by,
        now=lambda: Instant(0.0, wall_s, True),
        may_wait=True,
    )
