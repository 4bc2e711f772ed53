"""The loop with a real capture process, cabin, outbox and broker; only the driver is painted."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.alerts.event import EventType
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.capture import Capture, CaptureTurn
from edge_app.camera.direct_feed import DirectFeed
from edge_app.camera.faults import CameraFault
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation
from edge_app.live import FrameFeed, LiveLoop, Watcher
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.none import NoneProvider
from edge_app.vehicle.state import VehicleState
from edge_app.views.status_lines import StatusLines
from tests.program.painted_driver import PaintReader, paint_clip, painted

OPEN, SHUT = 0.85, 0.1
LIDS = DriverStateSettings().lids


class Notes:
    """A watcher that keeps every step."""

    def __init__(self) -> None:
        self.steps: list[MonitorStep] = []

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        self.steps.append(step)

    @property
    def events(self) -> list[Any]:
        return [event for step in self.steps for event in step.policy.events]


def run_loop(
    source: Path, telemetry: TelemetrySettings, *, fast: bool = False
) -> tuple[Notes, LiveLoop]:
    settings = VigilSettings(camera=CameraSettings(source=f"file:{source}"))
    feed: FrameFeed = DirectFeed(settings.camera) if fast else Capture(settings.camera)
    notes = Notes()
    sender = Telemetry(telemetry, "car-1", {"vigil": "test"})
    cabin = CabinVoice(settings.cabin)
    sender.start()
    feed.start()
    loop = LiveLoop(
        feed=feed,
        monitor=DriverMonitor(PaintReader(), settings),
        vehicle=NoneProvider(),
        cabin=cabin,
        telemetry=sender,
        watchers=(notes,),
        model_bundle="paint/1",
    )
    try:
        loop.run()
    finally:
        cabin.close()
        sender.close()
        feed.close()
    return notes, loop


@pytest.fixture
def nap(tmp_path: Path) -> Path:
    """1.5 s awake, 4 s asleep, 2 s awake."""
    path = tmp_path / "nap.mp4"
    paint_clip(path, [(1.5, True, OPEN), (4.0, True, SHUT), (2.0, True, OPEN)], 15)
    return path


def test_a_nap_played_in_real_time_alarms_in_time(nap: Path) -> None:
    started_s = time.monotonic()
    notes, loop = run_loop(nap, TelemetrySettings())
    assert time.monotonic() - started_s >= 7.0
    raised = {event.type: event.t_s for event in notes.events}
    assert raised[EventType.MICROSLEEP] == pytest.approx(1.5 + LIDS.microsleep_s, abs=0.3)
    assert raised[EventType.SLEEP] == pytest.approx(1.5 + LIDS.sleep_s, abs=0.3)
    assert loop.counters.frames + loop.counters.dropped == pytest.approx(112, abs=2)
    assert loop.counters.health().latency_p99_ms < 250


def test_as_fast_as_possible_sees_every_frame_and_the_same_events(nap: Path) -> None:
    started_s = time.monotonic()
    notes, loop = run_loop(nap, TelemetrySettings(), fast=True)
    assert time.monotonic() - started_s < 5.0
    assert loop.counters.frames == 112
    kinds = [event.type for event in notes.events]
    assert kinds.index(EventType.MICROSLEEP) < kinds.index(EventType.SLEEP)


def test_a_driver_who_leaves_the_picture_is_told_within_ten_seconds(tmp_path: Path) -> None:
    clip = tmp_path / "gone.mp4"
    paint_clip(clip, [(1.0, True, OPEN), (11.0, False, OPEN)], 10)
    notes, _ = run_loop(clip, TelemetrySettings(), fast=True)
    degraded = [event for event in notes.events if event.type is EventType.DEGRADED]
    assert [event.values["reason"] for event in degraded] == ["no_face"]
    assert degraded[0].t_s - 1.0 <= 10.0


@pytest.mark.mosquitto
def test_the_fleet_hears_of_birth_state_and_events(
    nap: Path, broker: Any, subscribe: Callable[..., Any], tmp_path: Path
) -> None:
    fleet = subscribe(broker.port)
    telemetry = TelemetrySettings(
        enabled=True,
        host="127.0.0.1",
        port=broker.port,
        outbox=OutboxSettings(path=tmp_path / "outbox.sqlite"),
    )
    run_loop(nap, telemetry)
    assert fleet.wait_for("/status")[0]["status"] == "online"
    assert len(fleet.wait_for("/state", 4)) >= 4
    kinds = [event["type"] for event in fleet.wait_for("/event", 5)]
    assert kinds[:1] == ["microsleep"]
    assert "sleep" in kinds
    assert "alert_ended" in kinds
    assert fleet.of("/status")[-1]["status"] == "offline"


@pytest.mark.mosquitto
def test_a_broker_that_is_away_slows_nothing_and_loses_nothing(
    nap: Path, make_broker: Callable[..., Any], subscribe: Callable[..., Any], tmp_path: Path
) -> None:
    absent = make_broker()
    telemetry = TelemetrySettings(
        enabled=True,
        host="127.0.0.1",
        port=absent.port,
        outbox=OutboxSettings(path=tmp_path / "outbox.sqlite"),
    )
    notes, loop = run_loop(nap, telemetry)
    assert loop.counters.health().latency_p99_ms < 250
    absent.start()
    fleet = subscribe(absent.port)
    sender = Telemetry(telemetry, "car-1", {"vigil": "test"})
    sender.start()
    try:
        sent = fleet.wait_for("/event", len(notes.events))
    finally:
        sender.close()
    assert [event["type"] for event in sent] == [event.type.value for event in notes.events]
    assert all(event["data"]["historical"] for event in sent)


def test_a_camera_that_dies_is_a_state_and_comes_back(tmp_path: Path) -> None:
    """The capture process is killed in mid-drive: the loop says so, and goes on when it has opened again."""
    clip = tmp_path / "drive.mp4"
    paint_clip(clip, [(7.0, True, OPEN)], 15)
    settings = CameraSettings(source=f"file:{clip}")
    feed = Capture(settings)
    notes = Notes()
    sender = Telemetry(TelemetrySettings(), "car-1", {})
    cabin = CabinVoice(VigilSettings().cabin)
    loop = LiveLoop(
        feed=feed,
        monitor=DriverMonitor(PaintReader(), VigilSettings(camera=settings)),
        vehicle=NoneProvider(),
        cabin=cabin,
        telemetry=sender,
        watchers=(notes, KillOnce(feed, after_s=2.0)),
        model_bundle="paint/1",
    )
    feed.start()
    try:
        loop.run()
    finally:
        cabin.close()
        feed.close()
    faulty = [s.state.t_s for s in notes.steps if s.fault is not None]
    assert faulty and 1.5 < faulty[0] < 4.0
    assert notes.steps[-1].observation is not None
    assert notes.steps[-1].state.t_s > 6.0


class KillOnce:
    """Kills the capture process of a feed once frame time has reached `after_s`."""

    def __init__(self, feed: Capture, *, after_s: float) -> None:
        self._feed = feed
        self._after_s = after_s
        self._done = False

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        child = self._feed._child
        if not self._done and child is not None and step.state.t_s >= self._after_s:
            self._done = True
            os.kill(child.pid, signal.SIGKILL)


class Fails:
    """A watcher that cannot go on."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        raise self._error


class Stumbles(PaintReader):
    """A perception that cannot digest some pictures."""

    def __init__(self) -> None:
        self.seen = 0

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        self.seen += 1
        if 20 <= self.seen < 25:
            raise np.linalg.LinAlgError("SVD did not converge")
        return super().observe(image, crop)


class Turns:
    """A feed of prepared turns."""

    def __init__(self, turns: list[CaptureTurn]) -> None:
        self._turns = iter([*turns, turn(ended=True)])

    def start(self) -> None:
        pass

    def next(self, timeout_s: float) -> CaptureTurn:
        return next(self._turns)

    def close(self) -> None:
        pass


def turn(
    frame: Frame | None = None, fault: CameraFault | None = None, *, ended: bool = False
) -> CaptureTurn:
    captured_s = None if frame is None else time.monotonic()
    return CaptureTurn(frame, captured_s, fault, None, 0, 0, 0, ended)


def play(
    turns: list[CaptureTurn], *watchers: Watcher, perception: PaintReader | None = None
) -> LiveLoop:
    cabin = CabinVoice(VigilSettings().cabin)
    loop = LiveLoop(
        feed=Turns(turns),
        monitor=DriverMonitor(perception or PaintReader(), VigilSettings()),
        vehicle=NoneProvider(),
        cabin=cabin,
        telemetry=Telemetry(TelemetrySettings(), "car-1", {}),
        watchers=watchers,
        model_bundle="paint/1",
    )
    try:
        loop.run()
    finally:
        cabin.close()
    return loop


def frames_from(start_s: float, count: int, openness: float = OPEN) -> list[CaptureTurn]:
    return [
        turn(Frame(painted(True, openness, 0.0, i), start_s + i / 30.0, i)) for i in range(count)
    ]


@pytest.mark.parametrize("error", [OSError("no space left on device"), ValueError("encoder")])
def test_a_watcher_that_fails_is_dropped_and_the_watch_goes_on(error: Exception) -> None:
    notes = Notes()
    loop = play(frames_from(0.0, 60), Fails(error), notes)
    assert len(notes.steps) == loop.counters.frames == 60


def test_a_picture_that_perception_cannot_digest_ends_nothing() -> None:
    notes = Notes()
    loop = play(frames_from(0.0, 60), notes, perception=Stumbles())
    assert loop.counters.failed == 5
    assert len(notes.steps) == 60
    assert notes.steps[-1].observation is not None


def test_a_source_whose_clock_goes_back_is_watched_afresh() -> None:
    """Such as a file whose first picture comes after faults that were timed by the machine's clock."""
    early = [turn(fault=CameraFault.NO_FRAME) for _ in range(3)]
    notes = Notes()
    play([*early, *frames_from(0.0, 30), *frames_from(1.0, 150, SHUT)], notes)
    assert EventType.SLEEP in {event.type for event in notes.events}


def missing_camera(duration_s: float) -> list[CaptureTurn]:
    return [turn(fault=CameraFault.UNPLUGGED) for _ in range(round(duration_s / 0.2))]


def status_lines(
    turns: list[CaptureTurn], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The lines of a loop whose machine's clock moves on 0.2 s at each reading."""
    clock = itertools.count(1000.0, 0.2)
    monkeypatch.setattr("edge_app.live.time", SimpleNamespace(monotonic=lambda: next(clock)))
    play(turns, StatusLines(Telemetry(TelemetrySettings(), "car-1", {})))
    return [line for line in capsys.readouterr().err.splitlines() if "broker" in line]


def test_a_camera_that_never_came_has_status_lines_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = status_lines(missing_camera(30.0), capsys, monkeypatch)
    assert len(lines) >= 3
    assert all(line.endswith(" s, camera missing (unplugged), broker off") for line in lines)


def test_status_lines_go_on_when_a_source_s_own_time_begins_below_the_machine_s(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = status_lines([*missing_camera(1.0), *frames_from(0.0, 360)], capsys, monkeypatch)
    assert [line.split(", ")[:2] for line in lines[1:]] == [
        ["0.0 s", "face ok"],
        ["10.0 s", "face ok"],
    ]


def test_what_was_seen_while_parked_says_nothing_of_the_drive() -> None:
    """Ten minutes of sleep in a lay-by, at one frame a second, and off again."""
    monitor = DriverMonitor(PaintReader(), VigilSettings())
    asleep = [Frame(painted(True, SHUT, 0.0, i), i / 5.0, i) for i in range(600)]
    for frame in asleep:
        monitor.step(frame, VehicleState(speed_kmh=0.0, ignition_on=False))
    awake = [Frame(painted(True, OPEN, 0.0, i), 121.0 + i / 5.0, i) for i in range(200)]
    steps = [monitor.step(frame, VehicleState(speed_kmh=90.0, ignition_on=True)) for frame in awake]
    assert [event for step in steps if step for event in step.policy.events] == []


class Presses:
    """A driver who presses the button as soon as there is an alert."""

    def __init__(self) -> None:
        self.loop: LiveLoop | None = None

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        if self.loop is not None and any(not alert.acknowledged for alert in step.policy.active):
            self.loop.acknowledge()


def test_a_press_of_the_button_reaches_the_policy() -> None:
    notes, presses = Notes(), Presses()
    cabin = CabinVoice(VigilSettings().cabin)
    presses.loop = LiveLoop(
        feed=Turns([*frames_from(0.0, 30), *frames_from(1.0, 60, SHUT)]),
        monitor=DriverMonitor(PaintReader(), VigilSettings()),
        vehicle=NoneProvider(),
        cabin=cabin,
        telemetry=Telemetry(TelemetrySettings(), "car-1", {}),
        watchers=(notes, presses),
        model_bundle="paint/1",
    )
    presses.loop.run()
    cabin.close()
    kinds = [event.type for event in notes.events]
    assert kinds.index(EventType.MICROSLEEP) < kinds.index(EventType.ALERT_ACKNOWLEDGED)
    assert notes.steps[-1].policy.voice is None
