"""Frames while the broker flaps and the disk is slow, between frames while neither does."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.figures import Figure, Target, percentile
from benchmarks.no_loss.flapping import flapping_address
from benchmarks.no_loss.posted import marked_event, quick_settings
from benchmarks.synthetic import drive
from edge_app.driver_state.signals import Signals
from edge_app.judgement import DriverJudge, Moment
from edge_app.settings import VigilSettings
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.outbox import Outbox
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState

EVENT_EVERY_FRAMES = 15  # many times as often as on any drive
SLOW_DISK_S = 0.1
UP_S, DOWN_S = 0.5, 0.5


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """p99 from a frame's moment to its state, alerts and posts, ms, one for each block."""

    undisturbed: tuple[float, ...]  # of both runs
    disturbed: tuple[float, ...]


def interleaved(seconds: float, rounds: int, progress: Callable[[int], None]) -> FrameTimes:
    """In each round an undisturbed block, a disturbed one, and an undisturbed one again."""
    signals = list(drive(seconds))
    undisturbed, disturbed = [], []
    for turn in range(rounds):
        undisturbed.append(_block(signals, disturbing=False))
        disturbed.append(_block(signals, disturbing=True))
        undisturbed.append(_block(signals, disturbing=False))
        progress(turn + 1)
    return FrameTimes(tuple(undisturbed), tuple(disturbed))


def _block(signals: Sequence[Signals], *, disturbing: bool) -> float:
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigil-no-loss-")))
        broker = stack.enter_context(local_broker("mosquitto"))
        down_s = DOWN_S if disturbing else 0.0
        port = stack.enter_context(flapping_address(broker.port, UP_S, down_s))
        if disturbing:
            stack.enter_context(_slow_disk())
        telemetry = Telemetry(quick_settings(port, place / "outbox.sqlite"), "car-7", {})
        telemetry.start()
        times_ms = _frames(signals, telemetry)
        telemetry.close(1.0)
    return percentile(times_ms, 99)


def _frames(signals: Sequence[Signals], telemetry: Telemetry) -> list[float]:
    settings = VigilSettings()
    judge = DriverJudge(settings.driver_state, settings.alerts)
    vehicle = VehicleState()
    times_ms = []
    begun_s = time.perf_counter() + 0.5
    for number, signal in enumerate(signals):
        due_s = begun_s + signal.t_s - signals[0].t_s
        time.sleep(max(0.0, due_s - time.perf_counter()))
        judgement = judge.step(Moment(signal, vehicle))
        telemetry.post_state(judgement.state, judgement.policy.active, vehicle, "ok")
        for event in judgement.policy.events:
            telemetry.post_event(event)
        if number % EVENT_EVERY_FRAMES == 0:
            telemetry.post_event(marked_event(str(number), signal.t_s))
        times_ms.append((time.perf_counter() - due_s) * 1e3)
    return times_ms


@contextlib.contextmanager
def _slow_disk() -> Iterator[None]:
    def slowed(really: Callable[..., Any]) -> Callable[..., Any]:
        def slow(*arguments: Any, **named: Any) -> Any:
            time.sleep(SLOW_DISK_S)
            return really(*arguments, **named)

        return slow

    with (
        mock.patch.object(Outbox, "add", slowed(Outbox.add)),
        mock.patch.object(Outbox, "remove", slowed(Outbox.remove)),
    ):
        yield


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    rounds, seconds = (5, 20.0) if full else (2, 8.0)
    times = interleaved(seconds, rounds, lambda turn: progress("frames", turn, rounds))
    part = "frame p99"
    ordered = sorted(times.disturbed)
    return [
        Figure(
            part,
            "undisturbed, two interleaved runs",
            sorted(times.undisturbed)[len(times.undisturbed) // 2],
            "ms",
            min(times.undisturbed),
            max(times.undisturbed),
            n=len(times.undisturbed),
            note=f"median of blocks of {seconds:g} s at 30 frames/s, signals made up",
        ),
        Figure(
            part,
            "broker flapping, disk slow",
            ordered[len(ordered) // 2],
            "ms",
            ordered[0],
            ordered[-1],
            n=len(ordered),
            target=Target("at most", max(times.undisturbed)),
            note=f"each second the link goes, each commit takes {SLOW_DISK_S * 1e3:g} ms more",
        ),
    ]
