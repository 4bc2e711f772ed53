"""VSS values through a real Mosquitto."""

from __future__ import annotations

import json
import math
import subprocess

import paho.mqtt.client as paho
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from edge_app.errors import UserError
from edge_app.vehicle.network_settings import MqttProviderSettings, VssTopicSettings
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.state import VehicleState
from edge_app.vehicle.values import VehicleValues
from edge_app.vehicle.vss import VssReader, read_value
from tests.brokers import HOST, broker, make_broker, wait_until
from tests.vehicle.waiting import await_state

__all__ = ["broker", "make_broker"]

GEAR = "Vehicle/Powertrain/Transmission/CurrentGear"
POWER = "Vehicle/LowVoltageSystemState"
ANGLE = "Vehicle/Chassis/SteeringWheel/Angle"


@pytest.fixture
def publish():
    clients = {}

    def publish(port, topic, value, *, retain=False):
        if port not in clients:
            clients[port] = paho.Client(CallbackAPIVersion.VERSION2)
            clients[port].reconnect_delay_set(1, 1)
            clients[port].connect(HOST, port)
            clients[port].loop_start()
        payload = value if isinstance(value, (str, bytes)) else json.dumps(value)
        sent = clients[port].publish(topic, payload, qos=int(retain), retain=retain)
        if retain:
            sent.wait_for_publish(5)

    yield publish
    for client in clients.values():
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def subscribe_to():
    opened = []

    def subscribe_to(port, **changes):
        opened.append(open_provider(MqttProviderSettings(host=HOST, port=port, **changes)))
        return opened[-1]

    yield subscribe_to
    for provider in opened:
        provider.close()


@pytest.mark.mosquitto
def test_vss_values_become_the_state(broker, publish, subscribe_to):
    provider = subscribe_to(broker.port)

    def say():
        publish(broker.port, "Vehicle/Speed", 72.5)
        publish(broker.port, POWER, "ON")
        publish(broker.port, GEAR, {"value": 3})
        publish(broker.port, ANGLE, {"path": "x", "dp": {"value": "-90", "ts": "2026-12-01"}})

    expected = VehicleState(72.5, True, False, pytest.approx(-math.pi / 2))
    await_state(provider, lambda s: s == expected, "all values", say)
    wait_until(lambda: provider.trouble() is None, "no trouble")


@pytest.mark.mosquitto
def test_other_topics_and_a_prefix_can_be_set(broker, publish, subscribe_to):
    provider = subscribe_to(
        broker.port, topic_prefix="vss/", topics={"speed": "Vehicle.Speed", "current_gear": None}
    )

    def say():
        publish(broker.port, "vss/" + GEAR, -1)
        publish(broker.port, "vss/Vehicle.Speed", 10)

    await_state(provider, lambda s: s.speed_kmh == 10.0, "speed", say)
    assert provider.read(0.0).reverse is None


@pytest.mark.mosquitto
def test_what_the_broker_kept_from_before_is_not_read(broker, publish, subscribe_to):
    publish(broker.port, "Vehicle/Speed", 100, retain=True)
    publish(broker.port, POWER, "OFF", retain=True)
    provider = subscribe_to(broker.port)
    state = await_state(
        provider, lambda s: s.reverse is False, "the gear", lambda: publish(broker.port, GEAR, 1)
    )
    assert state == VehicleState(reverse=False)


@pytest.mark.mosquitto
def test_broker_that_ends_takes_its_values_with_it_and_comes_back(broker, publish, subscribe_to):
    provider = subscribe_to(broker.port, stale_after_s=60.0)
    say = lambda: publish(broker.port, "Vehicle/Speed", 50)  # noqa: E731
    await_state(provider, lambda s: s.speed_kmh == 50.0, "speed", say)
    broker.stop()
    await_state(provider, lambda s: s == VehicleState(), "no speed")
    wait_until(lambda: "connection refused" in (provider.trouble() or ""), "why")
    broker.start()
    await_state(provider, lambda s: s.speed_kmh == 50.0, "speed again", say)
    wait_until(lambda: provider.trouble() is None, "no trouble")


@pytest.mark.mosquitto
def test_frozen_broker_leaves_old_values_unknown(broker, publish, subscribe_to):
    provider = subscribe_to(broker.port, stale_after_s=0.3)
    say = lambda: publish(broker.port, "Vehicle/Speed", 50)  # noqa: E731
    await_state(provider, lambda s: s.speed_kmh == 50.0, "speed", say)
    broker.freeze()
    await_state(provider, lambda s: s == VehicleState(), "no speed")
    broker.thaw()
    await_state(provider, lambda s: s.speed_kmh == 50.0, "speed again", say)


@pytest.mark.mosquitto
def test_broker_that_asks_for_a_password_gets_it_or_says_why_not(
    make_broker, mosquitto_path, tmp_path, publish, subscribe_to
):
    passwords, password = tmp_path / "passwords", tmp_path / "password"
    password.write_text("sesame\n")
    from tests.conftest import find_program

    program = find_program("mosquitto_passwd")
    if program is None:
        pytest.skip("no mosquitto_passwd")
    subprocess.run([program, "-b", "-c", str(passwords), "vigil", "sesame"], check=True)
    passwords.chmod(0o644)
    broker = make_broker(rules=f"allow_anonymous false\npassword_file {passwords}")
    broker.start()
    stranger = subscribe_to(broker.port)
    known = subscribe_to(broker.port, username="vigil", password_file=password)
    wait_until(
        lambda: "refuses the connection (not authorized)" in (stranger.trouble() or ""), "no"
    )
    wait_until(lambda: known._link.connected, "yes")


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"72.5", 72.5),
        (b" true ", True),
        (b"ON", "ON"),
        (b'"ON"', "ON"),
        (b'{"value": 3}', 3),
        (b'{"path": "Vehicle.Speed", "dp": {"value": "3", "ts": "now"}}', "3"),
        (b'{"dp": [1]}', None),
        (b"[1]", None),
        (b"null", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 4000, "[" * 4000),
        (b"1" * 5000, None),
    ],
)
def test_value_is_found_in_the_usual_forms(payload, value):
    assert read_value(payload) == value


@pytest.mark.parametrize(
    ("topic", "payload", "state"),
    [
        (POWER, b"START", VehicleState(ignition_on=True)),
        (POWER, b"ACC", VehicleState(ignition_on=False)),
        (POWER, b"UNDEFINED", VehicleState()),
        (GEAR, b"-1", VehicleState(reverse=True)),
        (GEAR, b"0", VehicleState(reverse=False)),
        (GEAR, b"R", VehicleState()),
        ("Vehicle/IsMoving", b"false", VehicleState(speed_kmh=0.0)),
        ("Vehicle/IsMoving", b"true", VehicleState()),
        ("Vehicle/Speed", b"-8", VehicleState(speed_kmh=8.0)),
        ("Vehicle/Speed", b"true", VehicleState()),
        ("Vehicle/Speed", b"NaN", VehicleState()),
        ("Vehicle/Speed", b"1e999", VehicleState()),
        ("Vehicle/Door", b"1", VehicleState()),
    ],
)
def test_vss_values_mean_what_the_specification_says(topic, payload, state):
    values = VehicleValues(2.0)
    VssReader("", VssTopicSettings(), values).read(topic, payload)
    assert values.state() == state


@given(st.sampled_from(["Vehicle/Speed", POWER, GEAR, ANGLE, "Vehicle/IsMoving"]), st.binary())
def test_no_message_breaks_the_reader(topic, payload):
    values = VehicleValues(2.0)
    VssReader("", VssTopicSettings(), values).read(topic, payload)
    values.state()


def test_impossible_settings_are_one_sentence(tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("")
    for changes, sentence in (
        ({"username": "a", "password_file": tmp_path / "none"}, "none cannot be read"),
        ({"username": "a", "password_file": empty}, "empty is empty; its first line"),
        ({"ca_file": empty}, "cannot be read as a PEM certificate"),
    ):
        with pytest.raises(UserError, match=sentence):
            open_provider(MqttProviderSettings(**changes))
    for wrong in (
        {"topics": {"speed": "Vehicle/#"}},
        {"topic_prefix": "+/"},
        {"topics": {"speed": "a", "current_gear": "a"}},
        {"password_file": empty},
    ):
        with pytest.raises(ValidationError):
            MqttProviderSettings.model_validate(wrong)
