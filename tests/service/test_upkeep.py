"""The loop with its upkeep: what it is told at each turn, and how many frames it then looks at."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.alerts.cabin_settings import CabinSettings
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.capture import CaptureTurn
from edge_app.camera.frame import Frame
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.service.begin_anew import BegunAnew
from edge_app.service.pace import HEAT, Pace
from edge_app.service.settings import PaceSettings, ThermalStep
from edge_app.service.stall_guard import StallGuard
from edge_app.service.systemd import ServiceManager
from edge_app.service.upkeep import Upkeep
from edge_app.settings import VigilSettings
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.none import NoneProvider
from tests.program.painted_driver import PaintReader, painted

CAMERA_HZ = 30.0
HOT = PaceSettings(thermal_steps=(ThermalStep(above_celsius=80.0, frame_rate_hz=10.0),))


class Turns:
    """A feed of prepared frames; None is a turn without one."""

    def __init__(self, frames: list[Frame | None]) -> None:
        self._frames = frames
        self._at = 0

    def start(self) -> None:
        return

    def next(self, timeout_s: float) -> CaptureTurn:
        ended = self._at >= len(self._frames)
        frame = None if ended else self._frames[self._at]
        self._at += 1
        return CaptureTurn(frame, None, None, None, 0, 0, 0, ended)

    def close(self) -> None:
        return


class Cabin(CabinVoice):
    def __init__(self) -> None:
        super().__init__(CabinSettings(outputs=()))
        self.lived = 0

    def lives(self) -> None:
        self.lived += 1
        super().lives()


class Times:
    """A watcher that keeps when each step was."""

    def __init__(self) -> None:
        self.t_s: list[float] = []

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        self.t_s.append(step.state.t_s)


def frames(seconds: float) -> list[Frame | None]:
    return [
        Frame(painted(True, 0.85, 0.0, i), i / CAMERA_HZ, i)
        for i in range(round(seconds * CAMERA_HZ))
    ]


def run(
    feed: Turns,
    upkeep: Upkeep,
    cabin: CabinVoice,
    reader: PaintReader | None = None,
) -> list[float]:
    times = Times()
    loop = LiveLoop(
        feed=feed,
        monitor=DriverMonitor(reader or PaintReader(), VigilSettings()),
        vehicle=NoneProvider(),
        cabin=cabin,
        telemetry=Telemetry(TelemetrySettings(), "car-1", {}),
        watchers=(times,),
        upkeep=upkeep,
        model_bundle="paint/1",
    )
    try:
        loop.run()
    finally:
        cabin.close()
    return times.t_s


def test_hot_machine_looks_at_fewer_frames_and_says_why() -> None:
    upkeep = Upkeep(Pace(HOT, CAMERA_HZ), ServiceManager({}), thermometer=lambda: 85.0)
    seen = run(Turns(frames(3.0)), upkeep, Cabin())
    assert np.median(np.diff(seen)) == pytest.approx(0.1)
    assert upkeep.reasons == (HEAT,)


def test_cool_machine_looks_at_every_frame() -> None:
    upkeep = Upkeep(Pace(HOT, CAMERA_HZ), ServiceManager({}), thermometer=lambda: 40.0)
    assert len(run(Turns(frames(1.0)), upkeep, Cabin())) == CAMERA_HZ
    assert upkeep.reasons == ()


def test_turns_without_a_frame_and_frames_left_out_keep_the_cabin_from_telling_silence() -> None:
    cabin = Cabin()
    upkeep = Upkeep(Pace(HOT, CAMERA_HZ), ServiceManager({}), thermometer=lambda: 85.0)
    seen = run(Turns([*frames(1.0), *[None] * 20]), upkeep, cabin)
    assert len(seen) < CAMERA_HZ
    assert cabin.lived >= CAMERA_HZ + 20


def test_guard_hears_which_part_stands_still() -> None:
    class Slow(PaintReader):
        def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
            stalled.wait(5.0)
            return super().observe(image, crop)

    stalled = threading.Event()
    told: list[str] = []

    def on_stall() -> None:
        told.append(upkeep.doing)
        stalled.set()

    guard = StallGuard(0.5, on_stall)
    upkeep = Upkeep(Pace(PaceSettings(), CAMERA_HZ), ServiceManager({}), guard)
    guard.start()
    run(Turns([None, *frames(0.1)]), upkeep, Cabin(), Slow())
    guard.close()
    assert told == ["perception"]


def test_fleet_hears_for_a_while_that_the_program_has_begun_anew() -> None:
    times_s = iter([1000.0, 1100.0])
    upkeep = Upkeep(
        Pace(PaceSettings(), CAMERA_HZ),
        ServiceManager({}),
        begun_anew=BegunAnew(1, 990.0, "perception_stalled"),
        clock=lambda: next(times_s),
        thermometer=lambda: None,
    )
    assert [upkeep.reasons for _ in range(2)] == [("restarted_perception_stalled",), ()]
