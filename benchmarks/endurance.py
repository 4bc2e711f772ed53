"""`python -m benchmarks.endurance`: whether memory stays flat over a day's driving at accelerated time.

Two parts, each in this process: the loop with scripted signals in place of pictures (judgement, policy, cabin,
outbox, a real broker that goes away now and then), and perception with the demo's pictures over and over. Memory is
what the process holds (resident), looked at a hundred times; growth is the median of the last tenth against that of
the second.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import cast

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks.figures import Figure, Results, Target, print_table
from benchmarks.machine import describe_machine
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.load import load_scenario
from edge_app.alerts.cabin_settings import CabinSettings
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.capture import CaptureTurn
from edge_app.camera.faults import CameraFault
from edge_app.camera.file import open_source as open_file
from edge_app.camera.frame import Frame
from edge_app.commands.demo import DEMO_CLIP
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.face.perceptions import open_perception
from edge_app.judgement import DriverJudge, Moment
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.telemetry.health import memory_rss_mb
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState

_SCENARIOS = ("attentive", "drowsy_evening", "microsleep", "sunglasses", "tunnel", "yawns", "vats")
_RATE_HZ = 30.0
_LOOKS = 100
_MOST_PERCENT = 1.0
_OUTAGE_EVERY_LOOKS, _OUTAGE_LOOKS = 10, 2
_PAUSE_S = 60.0  # between two drives of the round, so that all that lives in minutes begins anew
_DRIVING = VehicleState(speed_kmh=90.0, ignition_on=True)


@dataclass(frozen=True, slots=True)
class _Memory:
    """Resident megabytes, look by look."""

    mb: list[float]

    def figure(self, part: str, n: int, note: str) -> Figure:
        tenth = max(1, len(self.mb) // 10)
        early, late = median(self.mb[tenth : 2 * tenth]), median(self.mb[-tenth:])
        return Figure(
            part,
            "growth of memory after warm-up",
            100.0 * (late - early) / early,
            "%",
            n=n,
            target=Target("at most", _MOST_PERCENT),
            note=f"{early:.0f} to {late:.0f} MB; {note}",
        )


class _SignalMonitor:
    """The monitor's place in the loop; each frame is the next signals of the round."""

    def __init__(self, settings: VigilSettings, drives: Sequence[Sequence[Signals]]) -> None:
        self._judge = DriverJudge(settings.driver_state, settings.alerts)
        self._round = _endless(drives)
        self.events = 0

    def step(
        self,
        frame: Frame,
        vehicle: VehicleState,
        *,
        fault: CameraFault | None = None,
        acknowledged: bool = False,
        time_of_day_h: float | None = None,
    ) -> MonitorStep:
        signals = replace(next(self._round), t_s=frame.t_s)
        moment = Moment(signals, vehicle, acknowledged, fault, time_of_day_h)
        judgement = self._judge.step(moment)
        self.events += len(judgement.policy.events)
        return MonitorStep(None, fault, signals, judgement.state, judgement.policy)

    def step_without_frame(self, *_: object, **__: object) -> None:
        return None

    def restart(self) -> None:
        return


def _endless(drives: Sequence[Sequence[Signals]]) -> Iterator[Signals]:
    nobody = Signals.without_face(0.0, Unavailable.NO_FACE)
    for drive in itertools.cycle(drives):
        yield from drive
        yield from itertools.repeat(nobody, round(_PAUSE_S * _RATE_HZ))


class _SteadyFeed:
    """A frame each thirtieth of a second of its own time, as fast as they are taken."""

    def __init__(self, hours: float, look: Callable[[int], None]) -> None:
        self.frames = round(hours * 3600 * _RATE_HZ)
        self._every = max(1, self.frames // _LOOKS)
        self._look = look
        self._index = 0
        self._image = np.zeros((2, 2), np.uint8)

    def start(self) -> None:
        return

    def next(self, timeout_s: float) -> CaptureTurn:
        index = self._index
        self._index += 1
        if index % self._every == 0:
            self._look(index // self._every)
        frame = Frame(self._image, index / _RATE_HZ, index)
        return CaptureTurn(frame, time.monotonic(), None, None, 0, 0, 0, index + 1 >= self.frames)

    def close(self) -> None:
        return


class _Vehicle:
    """Always on the road."""

    def read(self, t_s: float) -> VehicleState:
        return _DRIVING

    def close(self) -> None:
        return


def loop_with_signals(hours: float) -> Figure:
    """`hours` of driving through the real loop, cabin, outbox and broker."""
    settings = VigilSettings()
    drives = [_signals_of(name) for name in _SCENARIOS]
    memory = _Memory([])
    with tempfile.TemporaryDirectory(prefix="vigil-endurance-") as folder, local_broker() as broker:
        telemetry = Telemetry(
            TelemetrySettings(
                enabled=True,
                host=broker.host,
                port=broker.port,
                state_interval_s=0.01,
                health_interval_s=0.5,
                outbox=OutboxSettings(path=Path(folder) / "outbox.sqlite"),
            ),
            "endurance",
            {},
        )
        telemetry.start()
        monitor = _SignalMonitor(settings, drives)
        cabin = CabinVoice(CabinSettings(outputs=()))
        progress = iter(track(range(_LOOKS + 1), "loop"))

        def look(number: int) -> None:
            next(progress, None)
            part = number % _OUTAGE_EVERY_LOOKS
            if part == 0:
                broker.process.send_signal(signal.SIGSTOP)  # half-open, as a dead link
            elif part == _OUTAGE_LOOKS:
                broker.process.send_signal(signal.SIGCONT)
            gc.collect()
            memory.mb.append(memory_rss_mb() or float("nan"))

        feed = _SteadyFeed(hours, look)
        loop = LiveLoop(
            feed=feed,
            monitor=cast(DriverMonitor, monitor),  # its place in the loop, without pictures
            vehicle=_Vehicle(),
            cabin=cabin,
            telemetry=telemetry,
            model_bundle="signals",
        )
        try:
            loop.run()
        finally:
            broker.process.send_signal(signal.SIGCONT)
            cabin.close()
            telemetry.close()
        told = f"{hours:g} h, {monitor.events} events, broker away a fifth of the time"
    return memory.figure("loop", feed.frames, told)


def _signals_of(name: str) -> list[Signals]:
    scenario = load_scenario(name)
    sampler = SignalSampler(Performance(scenario))
    return list(sampler.sample([frame.t_s for frame in frame_times(scenario)]))


def perception_of_pictures(frames: int) -> Figure:
    """The demo's clip over and over through detector, students and judgement."""
    settings = VigilSettings.model_validate({"camera": {"source": f"file:{DEMO_CLIP}"}})
    monitor = DriverMonitor(open_perception(settings.perception), settings)
    memory = _Memory([])
    pictures = _pictures(settings)
    every = max(1, frames // _LOOKS)
    for number in track(range(frames), "perception"):
        frame = Frame(pictures[number % len(pictures)], number / _RATE_HZ, number)
        monitor.step(frame, _DRIVING)
        if number % every == 0:
            gc.collect()
            memory.mb.append(memory_rss_mb() or float("nan"))
    return memory.figure("perception", frames, f"{len(pictures)} pictures over and over")


def _pictures(settings: VigilSettings) -> list[NDArray[np.uint8]]:
    source = open_file(str(DEMO_CLIP), settings.camera)
    try:
        found: list[NDArray[np.uint8]] = []
        while (frame := source.read()) is not None and len(found) < 600:
            found.append(frame.image.copy())
        return found
    finally:
        source.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="of driving through the loop")
    parser.add_argument("--frames", type=int, default=100_000, help="through perception")
    options = parser.parse_args(arguments)
    if not (options.hours > 0 and options.frames > 0):
        parser.error("--hours and --frames are above 0")
    logging.disable(logging.WARNING)  # of the broker that is sent away
    results = Results()
    results.add([loop_with_signals(options.hours)])
    results.add([perception_of_pictures(options.frames)])
    print_table(results, describe_machine(), Console())
    return 0 if all(figure.met for figure in results.figures) else 1


if __name__ == "__main__":
    sys.exit(main())
