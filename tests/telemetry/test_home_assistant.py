"""The discovery message: keys Home Assistant knows, templates that read real messages, and nothing that is kept back.

Keys after `DEVICE_DISCOVERY_SCHEMA` and the schemas of the MQTT sensor, binary sensor and event of Home Assistant
2026.11; templates run in Jinja, as there.
"""

from __future__ import annotations

import json
import re
from typing import Any

import paho.mqtt.client as paho
import pytest
from jinja2 import Environment
from paho.mqtt.enums import CallbackAPIVersion

from edge_app.alerts.event import Event, EventType
from edge_app.driver_state.signals import Unavailable
from edge_app.errors import UserError
from edge_app.telemetry.asyncapi_examples import message_examples
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.home_assistant import discovery
from edge_app.telemetry.messages import Message
from edge_app.telemetry.settings import HomeAssistantSettings, TelemetrySettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState
from tests.brokers import HOST
from tests.views.drivers import driver

ON = TelemetrySettings(home_assistant=HomeAssistantSettings(enabled=True))
TOPIC = re.compile(r"homeassistant/\w+/[a-zA-Z0-9_-]+/[a-zA-Z0-9_-]+/config")
DEVICE_KEYS = {
    *("identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version"),
    *("sw_version", "serial_number", "suggested_area", "via_device", "configuration_url"),
}
COMMON = {
    *("platform", "name", "unique_id", "state_topic", "value_template", "entity_category"),
    *("icon", "availability", "availability_mode", "json_attributes_topic", "qos"),
    *("json_attributes_template", "enabled_by_default", "device_class"),
}
KEYS = {
    "sensor": {
        *COMMON,
        *("expire_after", "force_update", "state_class", "unit_of_measurement", "options"),
        "suggested_display_precision",
    },
    "binary_sensor": {
        *COMMON,
        *("expire_after", "force_update", "off_delay", "payload_on", "payload_off"),
    },
    "event": {*COMMON, "event_types"},
}


def announced(settings: TelemetrySettings = ON) -> dict[str, Any]:
    (outgoing,) = discovery(settings, "car-7")
    message: dict[str, Any] = json.loads(outgoing.payload)
    return message


def rendered(entity: dict[str, Any], message: Message | dict[str, Any]) -> str:
    said = message if isinstance(message, dict) else json.loads(message.encoded())
    template = Environment(autoescape=False).from_string(entity["value_template"])
    return template.render(value_json=said).strip()


def test_nothing_unless_switched_on() -> None:
    assert discovery(TelemetrySettings(), "car-7") == ()


def test_topic_is_one_that_home_assistant_reads_and_is_retained() -> None:
    (outgoing,) = discovery(ON, "car-7")
    assert TOPIC.fullmatch(outgoing.topic)
    assert outgoing.topic.split("/")[2] == "car-7"  # a whole level, so that a broker can fence it
    assert outgoing.retain and outgoing.expiry_s is None


def test_message_has_the_keys_that_home_assistant_knows() -> None:
    message = announced()
    assert {"device", "origin", "components"} <= set(message)
    assert set(message) <= {"device", "origin", "components", "availability", "qos"}
    assert set(message["device"]) <= DEVICE_KEYS and message["device"]["identifiers"]
    assert set(message["origin"]) <= {"name", "sw_version", "support_url"}
    for entity in message["components"].values():
        assert set(entity) <= KEYS[entity["platform"]]
        assert {"unique_id", "state_topic"} <= set(entity)
        if "options" in entity:
            assert entity["device_class"] == "enum" and "state_class" not in entity
        if entity["platform"] == "event":
            assert entity["event_types"]
    ids = [entity["unique_id"] for entity in message["components"].values()]
    assert len(set(ids)) == len(ids)


def test_every_template_reads_its_message() -> None:
    examples = message_examples()
    shown = {
        key: rendered(entity, examples[entity["state_topic"].rpartition("/")[2]])
        for key, entity in announced()["components"].items()
        if entity["platform"] != "event"
    }
    assert shown == {
        "status": "online",
        "drowsiness_level": "7.4",
        "drowsiness_probability": "41.0",
        "perclos": "12.0",
        "yawns": "2",
        "off_road": "OFF",
        "face_present": "ON",
        "alert": "drowsiness",
        "temperature": "61.3",
        "frame_rate": "29.9",
        "memory": "96.4",
        "undelivered": "0",
    }


def test_what_is_not_known_is_unknown_and_no_number() -> None:
    seen = Seen(driver(1.0, absent=Unavailable.NO_FACE), (), VehicleState(), "ok")
    state = compose_state(seen, Instant(1.0, 2.0, True), "boot", ON)
    components = announced()["components"]
    for key in ("drowsiness_level", "drowsiness_probability", "perclos", "off_road"):
        assert rendered(components[key], state) == "None"
    assert rendered(components["face_present"], state) == "OFF"
    assert rendered(components["alert"], state) == "none"


def test_event_is_one_of_those_announced_and_a_delayed_one_sets_off_nothing() -> None:
    entity = announced()["components"]["event"]
    event = json.loads(message_examples()["event"].encoded())
    said = json.loads(rendered(entity, event))
    assert said["event_type"] in entity["event_types"]
    assert said["id"] == event["id"]
    event["data"]["historical"] = True
    assert rendered(entity, event) == ""
    assert rendered(entity, {**event, "type": "outbox_set_aside"}) == ""


@pytest.mark.parametrize(
    ("status", "availability"),
    [("online", "online"), ("degraded", "online"), ("offline", "offline")],
)
def test_availability_follows_the_status_message(status: str, availability: str) -> None:
    (source,) = announced()["availability"]
    assert source["topic"] == "vigil/v1/car-7/status"
    assert rendered(source, {"status": status}) == availability


def test_suspicion_of_impairment_is_not_even_announced() -> None:
    text = json.dumps(announced())
    assert "impairment" not in text and "expression" not in text
    published = ON.model_copy(update={"publish_impairment": True})
    components = announced(published)["components"]
    assert EventType.IMPAIRMENT.value in components["event"]["event_types"]
    assert "impairment_suspicion" in components


def test_vehicle_that_cannot_stand_in_the_topic_is_told_so() -> None:
    with pytest.raises(UserError, match=r"unit\.vehicle_id 'car\.7'"):
        discovery(ON, "car.7")


class HomeAssistant:
    """Subscribes as Home Assistant does, after the unit has been there."""

    def __init__(self, port: int, prefix: str = "homeassistant") -> None:
        self.found: list[paho.MQTTMessage] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{prefix}/+/+/+/config")
        self._client.on_message = lambda client, userdata, message: self.found.append(message)
        self._client.connect(HOST, port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.mark.mosquitto
def test_unit_is_found_by_who_comes_later(broker: Any, make_settings: Any, wait: Any) -> None:
    settings = make_settings(broker.port, home_assistant=HomeAssistantSettings(enabled=True))
    telemetry = Telemetry(settings, "car-7", {})
    telemetry.start()
    try:
        wait(lambda: telemetry.snapshot().connected, "a connection")
        telemetry.post_event(Event(EventType.YAWN, 1.0, 0.0))
        wait(lambda: telemetry.snapshot().queue_depth == 0, "a delivery after the discovery")
    finally:
        telemetry.close(0.5)
    late = HomeAssistant(broker.port)
    try:
        wait(lambda: late.found, "the retained discovery")
        (message,) = late.found
    finally:
        late.close()
    assert message.retain
    assert json.loads(message.payload)["device"]["identifiers"] == ["vigil_car-7"]


@pytest.mark.mosquitto
def test_broker_that_forbids_discovery_still_gets_everything_else(
    make_broker: Any, subscribe: Any, make_settings: Any, tmp_path: Any
) -> None:
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite vigil/#\n")
    broker = make_broker(rules=f"allow_anonymous true\nacl_file {rules}")
    broker.start()
    fleet = subscribe(broker.port)
    settings = make_settings(broker.port, home_assistant=HomeAssistantSettings(enabled=True))
    telemetry = Telemetry(settings, "car-7", {})
    telemetry.start()
    try:
        fleet.wait_for("/status")
        telemetry.post_event(Event(EventType.YAWN, 1.0, 0.0))
        fleet.wait_for("/event")
        assert telemetry.snapshot().connections == 1
    finally:
        telemetry.close(0.5)


def test_null_renders_as_home_assistant_expects() -> None:
    entity = announced()["components"]["temperature"]
    health = json.loads(message_examples()["health"].encoded())
    assert rendered(entity, {**health, "temperature_celsius": None}) == "None"
