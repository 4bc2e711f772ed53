"""What a trace costs: processor time at 30 frames/s in real time, its writing thread and the disk included."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Target
from benchmarks.synthetic import drive
from edge_app.driver_state.signals import Signal, Signals
from edge_app.judgement import DriverJudge, Moment
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import now
from edge_app.trace.machine import this_machine
from edge_app.trace.opening import Origin, recorded_settings
from edge_app.trace.recorder import TraceRecorder
from edge_app.trace.snapshot import capture
from edge_app.vehicle.state import VehicleState

_MOST_PERCENT = 2.0


def measure(*, seconds: float, blocks: int) -> list[Figure]:
    """Blocks of `seconds` with and without a trace in turn, the same signals in each."""
    chance = random.Random(1)
    signals = [_noisy(signals, chance) for signals in drive(seconds)]
    costs = []
    megabytes_per_hour = 0.0
    for _ in range(blocks):
        without_s, _ = _in_real_time(signals, traced=False)
        with_s, written_bytes = _in_real_time(signals, traced=True)
        costs.append(100.0 * (with_s - without_s) / seconds)
        megabytes_per_hour = written_bytes / seconds * 3600 / 1e6
    settings = VigilSettings()
    judge = DriverJudge(settings.driver_state, settings.alerts)
    for moment in signals:
        judge.step(Moment(moment, VehicleState()))
    begun_s = time.perf_counter()
    capture(judge, {"driver_state": settings.driver_state, "alerts": settings.alerts})
    snapshot_ms = 1e3 * (time.perf_counter() - begun_s)
    return [
        Figure(
            "trace",
            "processor time of a trace",
            median(costs),
            "% of a core",
            min(costs),
            max(costs),
            n=blocks,
            target=Target("at most", _MOST_PERCENT),
            note="30 frames/s in real time, all threads, against the same without a trace",
        ),
        Figure("trace", "written, made-up signals", megabytes_per_hour, "MB/h", n=len(signals)),
        Figure(
            "trace",
            "snapshot for a new file",
            snapshot_ms,
            "ms",
            n=1,
            note="once in ten minutes, in the loop's own thread",
        ),
    ]


def _in_real_time(signals: Sequence[Signals], *, traced: bool) -> tuple[float, int]:
    """(seconds of processor time of this process, bytes written)."""
    settings = VigilSettings()
    judge = DriverJudge(settings.driver_state, settings.alerts)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigil-bench-")))
        recorder = _recorder(folder, settings) if traced else None
        begun_s, cpu_s = time.perf_counter(), time.process_time()
        if recorder is not None:
            recorder.begin(judge)
        for signal in signals:
            time.sleep(max(0.0, signal.t_s - signals[0].t_s - (time.perf_counter() - begun_s)))
            moment = Moment(signal, VehicleState())
            judgement = judge.step(moment)
            if recorder is not None:
                recorder.judged(moment, judgement, judge)
        if recorder is not None:
            recorder.close()
        cpu_s = time.process_time() - cpu_s
        return cpu_s, sum(file.stat().st_size for file in folder.iterdir())


def _noisy(signals: Signals, chance: random.Random) -> Signals:
    """No two frames of a camera read alike; what never changes would be packed into nothing."""

    def noise(signal: Signal) -> Signal:
        if signal.value is None:
            return signal
        return Signal.of(signal.value + chance.gauss(0.0, 0.005), abs(chance.gauss(0.05, 0.005)))

    noisy = {
        field.name: noise(signal)
        for field in fields(signals)
        if isinstance(signal := getattr(signals, field.name), Signal)
    }
    return replace(signals, **noisy)


def _recorder(folder: Path, settings: VigilSettings) -> TraceRecorder:
    origin = Origin("bench", this_machine(), "made up", (), recorded_settings(settings))
    judged_by = {"driver_state": settings.driver_state, "alerts": settings.alerts}
    return TraceRecorder(folder, settings.trace, origin, judged_by, now=now)
