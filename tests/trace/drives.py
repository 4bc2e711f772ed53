"""Drives without a camera: moments in order, judged and recorded as the program would."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from edge_app.camera.faults import CameraFault
from edge_app.driver_state.signals import HeadReading, Signal, Signals, Unavailable
from edge_app.judgement import DriverJudge, Judgement, Moment
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import Instant
from edge_app.trace.machine import this_machine
from edge_app.trace.opening import Origin, recorded_settings
from edge_app.trace.recorder import TraceRecorder
from edge_app.trace.settings import TraceSettings
from edge_app.vehicle.state import VehicleState
from tests.driver_state.traces import Driver, during, frame_times, sample

WALL_S = datetime(2026, 3, 1, 12, tzinfo=timezone.utc).timestamp()
SETTINGS = VigilSettings()
NAP_S = 20.0  # when the driver of `nap` falls asleep
FAST = VehicleState(speed_kmh=100.0, ignition_on=True)


def now() -> Instant:
    return Instant(1000.0, WALL_S, True)


def moments(signals: Iterable[Signals], vehicle: VehicleState = FAST) -> list[Moment]:
    return [Moment(signal, vehicle) for signal in signals]


def nap(duration_s: float = 40.0, closed_s: float = 4.0, *, seed: int = 0) -> list[Moment]:
    """Eyes shut for `closed_s`, a glance aside before it, with noise in every signal."""
    driver = Driver(
        closure=during(1.0, (NAP_S, NAP_S + closed_s)), yaw_deg=during(50.0, (12.0, 16.0))
    )
    chance = random.Random(seed)
    return moments(_noisy(s, chance) for s in sample(driver, frame_times(duration_s)))


def wild_drive(seed: int, duration_s: float = 60.0) -> list[Moment]:
    """A drive of anything: behaviours, hidings, faults, speeds, stops and presses of the button by chance."""
    chance = random.Random(seed)
    result: list[Moment] = []
    t_s = chance.uniform(0.0, 100.0)
    end_s = t_s + duration_s
    vehicle = FAST
    over_time = _over_time(seed)
    while t_s < end_s:
        until_s = t_s + chance.choice((0.2, 0.5, 1.5, 3.0, 7.0, 12.0))
        frame_s = 1.0 / chance.choice((5.0, 12.0, 30.0))
        closure, mouth = chance.choice((0.0, 0.0, 0.5, 1.0)), chance.choice((0.05, 0.05, 0.9))
        yaw_deg, pitch_deg = chance.choice((0.0, 0.0, 50.0)), chance.choice((0.0, -35.0))
        hidden = chance.choice((None, None, None, "eyes", "face", "fault"))
        if chance.random() < 0.2:
            speed_kmh = chance.choice((None, 0.0, 5.0, 30.0, 120.0))
            vehicle = VehicleState(speed_kmh, chance.choice((True, True, True, None, False)))
        driver = Driver(
            closure=lambda _, c=closure: c,  # type: ignore[misc]
            mouth=lambda _, m=mouth: m,  # type: ignore[misc]
            yaw_deg=lambda _, y=yaw_deg: y,  # type: ignore[misc]
            pitch_deg=lambda _, p=pitch_deg: p,  # type: ignore[misc]
            eyes_missing=lambda _, h=hidden: Unavailable.EYES_OCCLUDED if h == "eyes" else None,  # type: ignore[misc]
        )
        while t_s < until_s:
            fault = CameraFault.BLACK if hidden == "fault" else None
            if hidden in ("face", "fault"):
                reason = fault.unavailable if fault else Unavailable.NO_FACE
                signals = Signals.without_face(t_s, reason)
            else:
                signals = _noisy(driver.signals(t_s), chance)
                signals = replace(signals, expression=_expression(chance))
                readings, anew = next(over_time)
                signals = replace(signals, temporal=readings, temporal_anew=anew)
            result.append(Moment(signals, vehicle, chance.random() < 0.01, fault))
            t_s += frame_s * chance.uniform(0.7, 1.3)
        if chance.random() < 0.1:
            t_s += chance.uniform(0.0, 5.0)
    return result


@dataclass(frozen=True)
class Recorded:
    """A drive that was recorded, and what was judged while it was."""

    folder: Path
    judgements: Sequence[Judgement]
    recorder: TraceRecorder

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())


def recorder_for(
    folder: Path,
    settings: VigilSettings = SETTINGS,
    *,
    file_s: float = 600.0,
    trace: TraceSettings | None = None,
    run_id: str = "run",
    may_wait: bool = True,
) -> TraceRecorder:
    origin = Origin(
        run_id, this_machine(), "paint/1", ("calm", "glad"), recorded_settings(settings)
    )
    judged_by = {"driver_state": settings.driver_state, "alerts": settings.alerts}
    trace = trace or TraceSettings(file_minutes=file_s / 60)
    return TraceRecorder(folder, trace, origin, judged_by, now=now, may_wait=may_wait)


def drive(
    recorder: TraceRecorder, given: Iterable[Moment], settings: VigilSettings = SETTINGS
) -> list[Judgement]:
    """What the monitor does with each moment."""
    judge = DriverJudge(settings.driver_state, settings.alerts)
    recorder.begin(judge)
    judgements = []
    for moment in given:
        judgements.append(judge.step(moment))
        recorder.judged(moment, judgements[-1], judge)
    return judgements


def record(
    folder: Path,
    given: Iterable[Moment],
    settings: VigilSettings = SETTINGS,
    *,
    file_s: float = 600.0,
) -> Recorded:
    recorder = recorder_for(folder, settings, file_s=file_s)
    judgements = drive(recorder, given, settings)
    recorder.close()
    return Recorded(folder, judgements, recorder)


def _over_time(seed: int) -> Iterator[tuple[tuple[HeadReading, ...], bool]]:
    """What heads over time say of one face after the other: the same object until the next step."""
    chance = random.Random(seed + 1)
    while True:
        drowsy = chance.random()
        readings = (HeadReading("drowsiness", (1.0 - drowsy, drowsy)),)
        if chance.random() < 0.1:
            readings = ()
        yield readings, chance.random() < 0.1
        for _ in range(chance.randrange(8)):
            yield readings, False


def _noisy(signals: Signals, chance: random.Random) -> Signals:
    def noise(signal: Signal) -> Signal:
        if signal.value is None:
            return signal
        return Signal.of(signal.value + chance.gauss(0.0, 0.01), abs(chance.gauss(0.05, 0.01)))

    return replace(
        signals,
        eye_openness_left=noise(signals.eye_openness_left),
        eye_openness_right=noise(signals.eye_openness_right),
        mouth_openness=noise(signals.mouth_openness),
        head_yaw_rad=noise(signals.head_yaw_rad),
        head_pitch_rad=noise(signals.head_pitch_rad),
        eye_aspect_ratio=noise(signals.eye_aspect_ratio),
    )


def _expression(chance: random.Random) -> tuple[float, ...] | None:
    calm = chance.random()
    return None if chance.random() < 0.2 else (calm, 1.0 - calm)
