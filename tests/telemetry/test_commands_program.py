"""Commands in the running program: the loop's part of them, and all parts together."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from edge_app import program
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.direct_feed import DirectFeed
from edge_app.camera.frame import Frame
from edge_app.configuration.by_command import SettingsSources, load_in_vehicle
from edge_app.judgement import DriverJudge, Judgement, Moment
from edge_app.learning_anew import LearningAnew
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import now
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState
from tests.brokers import HOST, wait_until
from tests.program.painted_driver import PaintReader, paint_clip
from tests.telemetry.command_desk import payload
from tests.telemetry.test_commands_over_mqtt import Requester

OPEN = 0.85


class Standing:
    """A vehicle whose ignition is off, or nobody knows."""

    def __init__(self, ignition_on: bool | None) -> None:
        self._state = VehicleState(ignition_on=ignition_on)

    def read(self, t_s: float) -> VehicleState:
        return self._state

    def close(self) -> None:
        return


class Beginnings:
    """A tracer that counts how often all begins anew."""

    def __init__(self) -> None:
        self.count = 0

    def begin(self, judge: DriverJudge) -> None:
        self.count += 1

    def judged(self, moment: Moment, judgement: Judgement, judge: DriverJudge) -> None:
        return


class Asks:
    """A watcher in whose tenth step somebody asks to learn anew; the step ends once the loop has the wish."""

    def __init__(self) -> None:
        self.loop: LiveLoop | None = None
        self.answers: list[LearningAnew] = []
        self.thread: threading.Thread | None = None
        self._steps = 0

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        self._steps += 1
        if self._steps == 10:
            self.thread = threading.Thread(target=self._ask)
            self.thread.start()
            wait_until(lambda: self.loop is not None and self.loop._anew is not None, "the wish")

    def _ask(self) -> None:
        assert self.loop is not None
        self.answers.append(self.loop.learn_anew(10.0))


def make_loop(clip: Path, ignition_on: bool | None) -> tuple[LiveLoop, Asks, Beginnings, list[Any]]:
    settings = VigilSettings.model_validate({"camera": {"source": f"file:{clip}"}})
    beginnings, asks = Beginnings(), Asks()
    feed, cabin = DirectFeed(settings.camera), CabinVoice(settings.cabin)
    feed.start()
    loop = LiveLoop(
        feed=feed,
        monitor=DriverMonitor(PaintReader(), settings, tracer=beginnings),
        vehicle=Standing(ignition_on),
        cabin=cabin,
        telemetry=Telemetry(TelemetrySettings(), "car-7", {}),
        watchers=(asks,),
        model_bundle="paint/1",
    )
    asks.loop = loop
    return loop, asks, beginnings, [cabin.close, feed.close]


@pytest.mark.parametrize(
    ("ignition_on", "answer", "begun"),
    [(False, LearningAnew.BEGUN, 2), (None, LearningAnew.NOT_PARKED, 1)],
)
def test_learning_begins_anew_between_two_moments_while_parked(
    tmp_path: Path, ignition_on: bool | None, answer: LearningAnew, begun: int
) -> None:
    clip = tmp_path / "clip.mp4"
    paint_clip(clip, [(3.0, True, OPEN)], 15)
    loop, asks, beginnings, closers = make_loop(clip, ignition_on)
    try:
        loop.run()
    finally:
        for close in closers:
            close()
    assert asks.thread is not None
    asks.thread.join(5)
    assert asks.answers == [answer]
    assert beginnings.count == begun
    assert loop.counters.frames == 45


def test_wish_that_nobody_grants_is_withdrawn(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    paint_clip(clip, [(0.5, True, OPEN)], 15)  # over before anybody asks again
    loop, _, beginnings, closers = make_loop(clip, False)
    try:
        assert loop.learn_anew(0.05) is LearningAnew.NOTHING_COMES
        loop.run()  # comes to it too late
        assert beginnings.count == 1
    finally:
        for close in closers:
            close()


@pytest.mark.mosquitto
def test_vehicle_program_carries_out_commands_and_begins_with_what_they_set(
    tmp_path: Path, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_app.telemetry.clock.clock_synchronised", lambda: True)
    monkeypatch.setattr(program, "open_perception", lambda settings: PaintReader())
    clip, file = tmp_path / "clip.mp4", tmp_path / "vigil.yaml"
    paint_clip(clip, [(30.0, True, OPEN)], 15)
    file.write_text(
        f"unit: {{vehicle_id: car-7}}\ncamera: {{source: 'file:{clip}'}}\n"
        "cabin: {acknowledge: {keyboard: false}}\n"
        f"telemetry:\n  enabled: true\n  host: {HOST}\n  port: {broker.port}\n"
        f"  outbox: {{path: {tmp_path}/state/outbox.sqlite}}\n"
        "  commands: {enabled: true, allowed: [ping, status, settings, set, calibrate]}\n"
    )
    sources = SettingsSources(file)
    requester = Requester(broker.port)
    answers: dict[str, Any] = {}

    def ask(loop_of: program.VehicleProgram) -> None:
        wait_until(lambda: loop_of.telemetry.snapshot().connected, "the connection")
        for name, arguments in (
            ("status", {}),
            ("settings", {"group": "unit"}),
            ("set", {"values": {"alerts.distraction.glance_fast_s": 3.0}}),
            ("calibrate", {}),
            ("upload_trace", {}),
        ):
            answers[name] = requester.answer(name, payload(arguments, now=now()))

    with program.VehicleProgram(load_in_vehicle(sources), sources=sources) as vehicle:
        asking = threading.Thread(target=ask, args=(vehicle,), daemon=True)

        class Stops:
            """Ends the program as its service manager would, once all has been asked."""

            def step(self, frame: Frame | None, step: MonitorStep) -> None:
                if asking.ident is None:
                    asking.start()
                elif not asking.is_alive():
                    os.kill(os.getpid(), signal.SIGTERM)

        vehicle.run((Stops(),))
    requester.close()
    assert answers["status"]["values"]["model_bundle"] == PaintReader().name
    assert answers["status"]["values"]["frames"] > 0
    assert answers["settings"]["values"]["settings"]["unit"]["vehicle_id"] == "car-7"
    assert answers["set"]["status"] == "done"
    assert answers["calibrate"]["reason"] == "not_parked"
    assert answers["upload_trace"]["reason"] == "not_allowed"
    assert load_in_vehicle(sources).alerts.distraction.glance_fast_s == 3.0
