"""A painted driver falls asleep; the office opens what arrives over a real broker and sees him."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import paho.mqtt.client as paho
import pytest
from numpy.typing import NDArray
from paho.mqtt.enums import CallbackAPIVersion

from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.back_off import BackOffSettings
from edge_app.commands.main import main
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor
from edge_app.settings import UnitSettings, VigilSettings
from edge_app.stills.carrier import StillCarrier
from edge_app.stills.open_stills import open_stills
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import StillShelf
from edge_app.telemetry import clock
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.none import NoneProvider
from tests.brokers import HOST, wait_until
from tests.program.painted_driver import PaintReader
from tests.stills.painted_feed import FRAME_RATE_HZ, PaintedFeed
from tests.stills.test_shelf import Machine, put

Make = Callable[..., EventStillsSettings]
pytestmark = pytest.mark.mosquitto


class Fleet:
    """Hears everything as it comes, sealed or not; misses nothing while away."""

    def __init__(self, port: int) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_connect = lambda client, *_: client.subscribe("vigil/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda client, userdata, message: self.messages.append(
            (message.topic, bytes(message.payload))
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert self._subscribed.wait(5)

    def of(self, part: str) -> list[tuple[str, bytes]]:
        return [message for message in list(self.messages) if part in message[0]]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def settings_for(port: int, stills: EventStillsSettings, folder: Path) -> VigilSettings:
    telemetry = TelemetrySettings(
        enabled=True,
        host=HOST,
        port=port,
        publish_stills=stills.enabled,
        back_off=BackOffSettings(min_s=0.05, max_s=0.3),
        outbox=OutboxSettings(path=folder / "outbox.sqlite"),
    )
    unit = UnitSettings(vehicle_id="car-1")
    return VigilSettings(unit=unit, event_stills=stills, telemetry=telemetry)


def synchronised() -> clock.Instant:
    """This machine's clock may not be: then a still of an earlier drive would be too old to be sent."""
    return replace(clock.now(), synchronised=True)


def drive(settings: VigilSettings, feed: PaintedFeed, after: Callable[[], None]) -> None:
    """`after`: what happens between the last frame and the end of the program."""
    sender = Telemetry(settings.telemetry, "car-1", {"vigil": "test"})
    sender.start()
    stills = open_stills(settings, sender, synchronised)
    cabin = CabinVoice(settings.cabin)
    loop = LiveLoop(
        feed=feed,
        monitor=DriverMonitor(PaintReader(), settings),
        vehicle=NoneProvider(),
        cabin=cabin,
        telemetry=sender,
        stills=stills,
        model_bundle="paint/1",
    )
    try:
        loop.run()
        after()
    finally:
        cabin.close()
        if stills is not None:
            stills.close()
        sender.close()


def likeness(picture: NDArray[Any], image: NDArray[Any]) -> float:
    """Correlation of the noise around the painted face, which no two frames share."""
    region = (slice(80, 240), slice(80, 225))
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return float(np.corrcoef(picture[region].ravel(), luma[region].ravel())[0, 1])


def test_an_alerts_still_reaches_the_office_and_shows_the_driver_alone(
    broker: Any, make_stills: Make, office: Path, tmp_path: Path
) -> None:
    fleet = Fleet(broker.port)
    settings, feed = settings_for(broker.port, make_stills(), tmp_path), PaintedFeed()

    def taken() -> bool:
        return bool(fleet.of("/still/")) and not list(settings.event_stills.folder.glob("*.still"))

    drive(settings, feed, lambda: wait_until(taken, "a still to arrive and to be deleted"))
    wait_until(lambda: bool(fleet.of("/event")), "events")
    fleet.close()

    ((topic, sealed),) = fleet.of("/still/")
    events = [json.loads(payload) for _, payload in fleet.of("/event")]
    (slept,) = [event for event in events if event["type"] == "microsleep"]
    name = slept["data"]["values"]["still"]
    assert topic == f"vigil/v1/car-1/still/{name}"
    assert len(sealed) <= 100_000
    assert b"\xff\xd8\xff" not in sealed and b"JFIF" not in sealed
    assert all("still" not in event["data"]["values"] for event in events if event is not slept)

    message = tmp_path / "message"
    message.write_bytes(sealed)
    out = tmp_path / "seen"
    with pytest.raises(SystemExit) as end:
        main(["stills", "open", str(message), "-k", str(office / "stills.key"), "-o", str(out)])
    assert end.value.code == 0
    told = json.loads((out / name / "still.json").read_bytes())
    assert (told["vehicle"], told["type"], told["level"]) == ("car-1", "microsleep", "warning")

    for number, t_s in enumerate(told["pictures_t_s"], start=1):
        picture = cv2.imread(str(out / name / f"{number}.jpg"), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        frame = round(t_s * FRAME_RATE_HZ)
        assert likeness(picture, feed.image(frame)) > 0.6  # JPEG takes some of the noise
        assert abs(likeness(picture, feed.image(frame + 1))) < 0.1
        # The squares beside the face are seen by the camera, not by the office.
        assert picture[4:60, 264:].std() < 12
    before, at, after = told["pictures_t_s"]
    assert at == pytest.approx(slept["data"]["t_s"], abs=0.01)
    assert before < slept["data"]["onset_s"] < at < after


def test_a_still_waits_for_the_broker_and_goes_after_the_events(
    make_broker: Callable[..., Any], make_stills: Make, tmp_path: Path
) -> None:
    absent = make_broker()
    settings = settings_for(absent.port, make_stills(), tmp_path)
    drive(settings, PaintedFeed(), lambda: None)
    (kept,) = settings.event_stills.folder.glob("*.still")
    sealed = kept.read_bytes()
    absent.start()
    fleet = Fleet(absent.port)
    again = Telemetry(settings.telemetry, "car-1", {"vigil": "test"})
    again.start()
    stills = open_stills(settings, again, synchronised)
    assert stills is not None
    wait_until(lambda: bool(fleet.of("/still/")), "the still")
    wait_until(lambda: not kept.exists(), "the still to be deleted")
    stills.close()
    again.close()
    fleet.close()
    topics = [topic for topic, _ in fleet.messages]
    first_still = topics.index(f"vigil/v1/car-1/still/{kept.stem}")
    assert topics.index("vigil/v1/car-1/event") < first_still
    assert fleet.of("/still/") == [(topics[first_still], sealed)]


def test_a_connection_that_ends_with_a_still_under_way_costs_a_second_try(
    broker: Any, make_stills: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_app.stills.carrier._FIRST_WAIT_S", 0.2)
    settings = settings_for(broker.port, make_stills(), tmp_path)
    hurried = settings.telemetry.model_copy(update={"acknowledge_timeout_s": 1.0})
    fleet = Fleet(broker.port)
    sender = Telemetry(hurried, "car-1", {"vigil": "test"})
    sender.start()
    wait_until(lambda: sender.is_quiet, "a quiet link")
    shelf = StillShelf(settings.event_stills, synchronised())
    carrier = StillCarrier(sender, shelf)
    machine = Machine(true_s=synchronised().wall_s)
    name = put(shelf, machine, 5, 30_000)
    broker.freeze()
    carrier.step(synchronised())
    wait_until(lambda: not sender.snapshot().connected, "the end of the connection")
    assert sender.connection_number == 1
    assert [still.name for still in shelf.oldest_first()] == [name]
    broker.thaw()

    def delivered() -> bool:
        carrier.step(synchronised())
        return not shelf.oldest_first()

    wait_until(delivered, "the still to be taken")
    sender.close()
    fleet.close()
    assert sender.connection_number >= 2 and carrier.sent == 1
    assert {topic for topic, _ in fleet.of("/still/")} == {f"vigil/v1/car-1/still/{name}"}


def test_off_the_fleet_gets_events_without_stills(
    broker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    fleet = Fleet(broker.port)
    settings = settings_for(broker.port, EventStillsSettings(), tmp_path)
    drive(settings, PaintedFeed(), lambda: None)
    wait_until(lambda: bool(fleet.of("/event")), "events")
    fleet.close()
    assert fleet.of("/still/") == []
    assert all(b'"still"' not in payload for _, payload in fleet.of("/event"))
    assert not (tmp_path / "state").exists()
