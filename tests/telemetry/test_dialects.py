"""Messages as ThingsBoard and AWS IoT want them, on a real broker; ids and sequence stay whatever the dialect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from edge_app.alerts.event import Event, EventType, Level
from edge_app.telemetry.asyncapi_examples import BASE, message_examples
from edge_app.telemetry.client import check_broker
from edge_app.telemetry.command_settings import CommandSettings
from edge_app.telemetry.dialect import dialect_of
from edge_app.telemetry.dialect_aws_iot import MOST_BYTES, MOST_SLASHES
from edge_app.telemetry.dialect_thingsboard import ATTRIBUTES, TIME_SERIES
from edge_app.telemetry.health import LoopHealth
from edge_app.telemetry.outbox import Receipt
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import (
    AWS_IN_FLIGHT,
    AWS_SLASHES_IN_PREFIX,
    AWS_SLASHES_IN_PREFIX_WITH_VSS,
    HomeAssistantSettings,
    OutboxSettings,
    TelemetrySettings,
    VssSettings,
)
from edge_app.telemetry.telemetry import Telemetry
from edge_app.telemetry.vss import OVERLAY
from edge_app.vehicle.state import VehicleState
from tests.brokers import HOST
from tests.views.drivers import driver

EXAMPLES = message_examples()
MOMENT_MS = 1_796_112_000_000  # 2026-12-01 08:00 UTC, the time of the examples
THINGSBOARD = dialect_of(TelemetrySettings(profile="thingsboard"))
AWS_IOT = dialect_of(TelemetrySettings(profile="aws_iot"))


def outgoing(name: str, payload: bytes | None = None, receipt: Receipt | None = None) -> Outgoing:
    content = EXAMPLES[name].encoded() if payload is None else payload
    return Outgoing(f"{BASE}/{name}", content, qos=1, retain=name == "status", receipt=receipt)


def said(name: str) -> tuple[str, dict[str, Any]]:
    spoken = THINGSBOARD.spoken(outgoing(name))
    message: dict[str, Any] = json.loads(spoken.payload)
    return spoken.topic, message


def original(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(EXAMPLES[name].encoded())
    return message


def test_thingsboard_gets_an_event_whole_at_its_own_time() -> None:
    topic, message = said("event")
    assert topic == TIME_SERIES
    assert message == {"ts": MOMENT_MS, "values": {"event_microsleep": original("event")}}


def test_thingsboard_gets_state_whole_and_its_known_numbers_for_charts() -> None:
    topic, message = said("state")
    values = message["values"]
    assert (topic, message["ts"]) == (TIME_SERIES, MOMENT_MS)
    assert values["state"] == original("state")
    assert (values["drowsiness_level"], values["head_yaw_rad"]) == (7.4, 0.05)
    assert values["presence_face_present"] is True
    assert all(value is not None for value in values.values())
    assert "expression" not in values


def test_thingsboard_gets_status_as_attributes() -> None:
    spoken = THINGSBOARD.spoken(outgoing("status"))
    assert spoken.topic == ATTRIBUTES
    assert json.loads(spoken.payload)["status"] == "online"
    assert not spoken.retain


def test_repeated_event_is_the_same_value_for_thingsboard() -> None:
    receipt: Receipt = (3, 17)
    first, again = (THINGSBOARD.spoken(outgoing("event", receipt=receipt)) for _ in range(2))
    assert first == again
    assert first.receipt == receipt


def test_two_kinds_of_event_in_one_millisecond_do_not_hide_each_other() -> None:
    other = {**original("event"), "type": "degraded"}
    spoken = THINGSBOARD.spoken(outgoing("event", json.dumps(other).encode()))
    both = [json.loads(spoken.payload), said("event")[1]]
    assert both[0]["ts"] == both[1]["ts"]
    assert not set(both[0]["values"]) & set(both[1]["values"])


@pytest.mark.parametrize(
    "payload", [b"\xff\xfe", b"{}", b"[1]", b'{"type":"x","time":null}', b"[" * 100_000]
)
def test_unreadable_message_still_leaves_with_its_receipt(payload: bytes) -> None:
    receipt: Receipt = (3, 17)
    spoken = THINGSBOARD.spoken(outgoing("event", payload, receipt))
    assert spoken.receipt == receipt
    assert set(json.loads(spoken.payload)) == {"ts", "values"}


def test_aws_iot_gets_vigils_own_messages() -> None:
    for name in ("status", "state", "event", "health"):
        assert AWS_IOT.spoken(outgoing(name)) == outgoing(name)
    assert AWS_IOT.client_id("car-7") == "car-7"


@pytest.mark.parametrize(
    ("slashes", "vss", "longest"),
    [
        (AWS_SLASHES_IN_PREFIX, False, "command/upload_trace/result"),
        (AWS_SLASHES_IN_PREFIX_WITH_VSS, True, f"vss/{OVERLAY[0].path.replace('.', '/')}"),
    ],
)
def test_longest_topic_keeps_to_what_aws_iot_allows(slashes: int, vss: bool, longest: str) -> None:
    values = {"profile": "aws_iot", "vss": VssSettings(enabled=vss)}
    prefix = "/".join("p" * (slashes + 1))
    settings = TelemetrySettings(**values, topic_prefix=prefix)
    assert f"{settings.topic_prefix}/car-7/{longest}".count("/") == MOST_SLASHES
    with pytest.raises(ValidationError, match="shorten topic_prefix"):
        TelemetrySettings(**values, topic_prefix=f"{prefix}/p")


def test_messages_are_far_below_the_size_that_aws_iot_allows() -> None:
    assert max(len(message.encoded()) for message in EXAMPLES.values()) < MOST_BYTES / 10


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"profile": "thingsboard", "commands": CommandSettings(enabled=True)},
            "no topics for vss and commands",
        ),
        ({"profile": "thingsboard", "vss": VssSettings(enabled=True)}, "no topics for vss"),
        (
            {"profile": "aws_iot", "home_assistant": HomeAssistantSettings(enabled=True)},
            "home_assistant.enabled needs `profile: vigil`",
        ),
        (
            {"profile": "aws_iot", "outbox": OutboxSettings(in_flight=AWS_IN_FLIGHT + 1)},
            "lower outbox.in_flight",
        ),
    ],
)
def test_what_a_broker_cannot_carry_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        TelemetrySettings(**values)


class Ear:
    """Everything that the broker hands out, raw."""

    def __init__(self, port: int) -> None:
        self.heard: list[paho.MQTTMessage] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_message = lambda client, userdata, message: self.heard.append(message)
        self._client.connect(HOST, port)
        self._client.loop_start()

    def on(self, topic: str) -> list[dict[str, Any]]:
        return [
            json.loads(message.payload) for message in list(self.heard) if message.topic == topic
        ]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def listen() -> Iterator[Callable[[int], Ear]]:
    made: list[Ear] = []

    def make(port: int) -> Ear:
        made.append(Ear(port))
        return made[-1]

    yield make
    for ear in made:
        ear.close()


@pytest.mark.mosquitto
def test_unit_speaks_thingsboard_from_birth_to_farewell(
    make_broker: Any, listen: Any, make_settings: Any, wait: Any, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    # As ThingsBoard: known by the token, and to these topics alone.
    rules.write_text("topic read #\nuser ACCESS-TOKEN\ntopic write v1/devices/me/#\n")
    broker = make_broker(rules=f"allow_anonymous true\nacl_file {rules}")
    broker.start()
    ear = listen(broker.port)
    settings = make_settings(
        broker.port, profile="thingsboard", username="ACCESS-TOKEN", health_interval_s=0.3
    )
    assert check_broker(settings, "car-7") is None
    telemetry = Telemetry(settings, "car-7", {"vigil": "test"})
    telemetry.health_source = lambda: LoopHealth(29.9, 100, 3, 4.0, 6.0, 9.0, "bundle-1")
    telemetry.start()
    try:
        telemetry.post_event(Event(EventType.SLEEP, 2.0, -1.0, Level.ALARM, {"closed_s": 3.0}))
        telemetry.post_state(driver(1.0), [], VehicleState(), "ok")
        wait(lambda: len(_keys(ear)) == 3, "event, state and health")
        wait(lambda: telemetry.snapshot().queue_depth == 0, "acknowledgements")
    finally:
        telemetry.close(1.0)
    wait(lambda: _statuses(ear)[-1] == "offline", "the farewell")
    assert _keys(ear) == {"event_sleep", "state", "health"}
    assert _statuses(ear)[0] == "online"
    assert {message.topic for message in ear.heard} == {TIME_SERIES, ATTRIBUTES}
    assert all(isinstance(sample["ts"], int) for sample in ear.on(TIME_SERIES))
    assert not any(message.retain for message in ear.heard)


def _keys(ear: Ear) -> set[str]:
    """The keys that hold whole messages."""
    return {
        key
        for sample in ear.on(TIME_SERIES)
        for key, value in sample["values"].items()
        if isinstance(value, dict)
    }


def _statuses(ear: Ear) -> list[str]:
    return [said["status"] for said in ear.on(ATTRIBUTES) if "status" in said]


@pytest.mark.mosquitto
def test_thingsboard_hears_of_a_vehicle_that_falls_silent(
    broker: Any, listen: Any, make_settings: Any, wait: Any
) -> None:
    ear = listen(broker.port)
    telemetry = Telemetry(make_settings(broker.port, profile="thingsboard"), "car-7", {})
    telemetry.start()
    usurper = paho.Client(CallbackAPIVersion.VERSION2, client_id="vigil-car-7")
    try:
        wait(lambda: _statuses(ear) == ["online"], "the birth")
        # Of two with one name the broker ends the older, and publishes its will.
        usurper.connect(HOST, broker.port)
        usurper.loop_start()
        wait(lambda: "offline" in _statuses(ear), "the last will")
    finally:
        usurper.disconnect()
        usurper.loop_stop()
        telemetry.close(0.2)


@pytest.mark.mosquitto
def test_profile_changed_while_events_wait_loses_none(
    make_broker: Any, listen: Any, make_settings: Any, wait: Any
) -> None:
    broker = make_broker()
    before = Telemetry(make_settings(broker.port), "car-7", {})
    before.start()
    before.post_event(Event(EventType.YAWN, 1.0, 0.0))
    wait(lambda: before.snapshot().queue_depth == 1, "the event on disk")
    before.close(0.1)
    broker.start()
    ear = listen(broker.port)
    after = Telemetry(make_settings(broker.port, profile="thingsboard"), "car-7", {})
    after.start()
    try:
        wait(lambda: "event_yawn" in _keys(ear), "the event in the other dialect")
        wait(lambda: after.snapshot().queue_depth == 0, "its acknowledgement")
    finally:
        after.close(0.5)
    (event,) = [
        sample["values"]["event_yawn"]
        for sample in ear.on(TIME_SERIES)
        if "event_yawn" in sample["values"]
    ]
    assert event["data"]["historical"] is True
    assert event["data"]["sequence"] == 1


@pytest.mark.mosquitto
def test_broker_knows_the_unit_by_the_name_of_the_thing(
    make_broker: Any, listen: Any, make_settings: Any, wait: Any, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    rules.write_text("topic read #\npattern write vigil/v1/%c/#\n")  # %c: the client id
    broker = make_broker(rules=f"allow_anonymous true\nacl_file {rules}")
    broker.start()
    ear = listen(broker.port)
    telemetry = Telemetry(make_settings(broker.port, profile="aws_iot"), "car-7", {})
    telemetry.start()
    try:
        telemetry.post_event(Event(EventType.YAWN, 1.0, 0.0))
        wait(lambda: ear.on("vigil/v1/car-7/event"), "an event")
        assert telemetry.snapshot().connections == 1
    finally:
        telemetry.close(0.5)
    assert ear.on("vigil/v1/car-7/status")[0]["status"] == "online"
