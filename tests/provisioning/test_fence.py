"""Each vehicle below its own name and nowhere else, at a real Mosquitto: by the real telemetry, and by cheats."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import topic_matches_sub
from paho.mqtt.enums import MQTTProtocolVersion

from edge_app.alerts.event import Event, EventType, Level
from edge_app.telemetry.asyncapi import document
from edge_app.telemetry.client import check_broker
from firmware_configs.provisioning.broker_files import WRITTEN_BY_VEHICLES
from tests.brokers import wait_until
from tests.provisioning.fleet_broker import FleetBroker, Peer, tls_of
from tests.provisioning.fleet_folder import settings_of

pytestmark = pytest.mark.mosquitto
EVENT = Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM)
VICTIM, CHEAT = "van-07", "van-08"
LEAVES = ("status", "state", "event", "health", "check", f"still/{'0' * 32}", "command/stop/result")
Standing = tuple[Path, FleetBroker]


@pytest.fixture
def cheat(standing: Standing, connect: Any) -> Peer:
    """van-08's own certificate in the hands of somebody with other software."""
    folder, broker = standing
    peer: Peer = connect(broker.port, tls_of(folder / "vehicles" / CHEAT))
    assert peer.accepted
    return peer


def test_a_vehicle_delivers_and_the_reader_receives(
    standing: Standing, drive: Any, reader: Peer
) -> None:
    folder, _ = standing
    telemetry = drive(folder / "vehicles" / VICTIM, health_interval_s=0.3)
    telemetry.post_event(EVENT)
    wanted = {f"vigil/v1/{VICTIM}/{leaf}" for leaf in ("status", "event", "health")}
    wait_until(lambda: wanted <= set(reader.topics()), "status, event and health", 10)
    wait_until(lambda: telemetry.snapshot().queue_depth == 0, "the acknowledgement")
    assert telemetry.snapshot().protocol == "5"
    assert telemetry.snapshot().last_error is None


def test_everything_the_vehicle_sends_has_its_rule() -> None:
    described = document()
    sent = [
        described["channels"][operation["channel"]["$ref"].rpartition("/")[2]]["address"]
        for operation in described["operations"].values()
        if operation["action"] == "send"
    ]
    own = [address for address in sent if address.startswith("vigil/v1/{vehicle}/")]
    assert len(own) > 5
    for address in own:
        topic = re.sub(r"\{[a-z_]+\}", "x", address)
        rules = [f"vigil/v1/x/{rule}" for rule in WRITTEN_BY_VEHICLES]
        assert any(topic_matches_sub(rule, topic) for rule in rules), address


def test_doctor_finds_the_broker_well(standing: Standing, tmp_path: Path) -> None:
    folder, _ = standing
    settings = settings_of(folder / "vehicles" / VICTIM, tmp_path / "outbox.sqlite")
    assert check_broker(settings, VICTIM) is None


def test_a_unit_under_anothers_name_delivers_nothing_and_keeps_its_events(
    standing: Standing, drive: Any, reader: Peer
) -> None:
    folder, _ = standing
    telemetry = drive(folder / "vehicles" / CHEAT, vehicle="van-99")
    telemetry.post_event(EVENT)
    wait_until(lambda: telemetry.snapshot().last_error is not None, "the refusal", 10)
    telemetry.close(0.5)
    assert telemetry.snapshot().queue_depth == 1
    assert not [topic for topic in reader.topics() if "van-99" in topic]


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_vehicle_writes_its_own_topics_and_no_others(
    cheat: Peer, reader: Peer, leaf: str
) -> None:
    assert not cheat.publish(f"vigil/v1/{CHEAT}/{leaf}").is_failure
    assert cheat.publish(f"vigil/v1/{VICTIM}/{leaf}", b"forged").is_failure
    wait_until(lambda: f"vigil/v1/{CHEAT}/{leaf}" in reader.topics(), "its own message", 5)
    assert b"forged" not in reader.payloads()


@pytest.mark.parametrize(
    "topic",
    [
        *("vigil/v1/status", "vigil/v1/fleet/status", f"vigil/v1/{CHEAT}", f"{CHEAT}/status"),
        *(f"vigil/v1/{CHEAT}/command/stop", f"vigil/v1/{VICTIM}/command/stop"),
        *(f"vigil/v1/{CHEAT}/other", f"vigil/v1/{CHEAT}/../{VICTIM}/status", "anything"),
    ],
)
def test_a_vehicle_writes_nothing_that_is_not_named(cheat: Peer, topic: str) -> None:
    assert cheat.publish(topic).is_failure


def test_with_mqtt_3_1_1_the_fence_is_the_same(
    standing: Standing, connect: Any, reader: Peer
) -> None:
    folder, broker = standing
    old = connect(
        broker.port,
        tls_of(folder / "vehicles" / CHEAT),
        version=MQTTProtocolVersion.MQTTv311,
    )
    old.publish(f"vigil/v1/{VICTIM}/event", b"forged")
    old.publish(f"vigil/v1/{CHEAT}/event", b"own")
    wait_until(lambda: f"vigil/v1/{CHEAT}/event" in reader.topics(), "its own message", 5)
    assert b"forged" not in reader.payloads()


def test_no_subscription_reads_another_vehicle_kept_messages_or_the_brokers_own(
    standing: Standing, connect: Any, cheat: Peer, reader: Peer
) -> None:
    folder, broker = standing
    victim = connect(broker.port, tls_of(folder / "vehicles" / VICTIM))
    victim.publish(f"vigil/v1/{VICTIM}/status", b"kept", retain=True)
    cheat.subscribe(
        *("#", "+/+/+/+", "vigil/v1/+/#", f"vigil/v1/{VICTIM}/#", f"vigil/v1/{VICTIM}/status"),
        *(f"vigil/v1/{VICTIM}/command/+", "$SYS/#", "$share/all/vigil/v1/#"),
    )
    for leaf in LEAVES:
        victim.publish(f"vigil/v1/{VICTIM}/{leaf}", b"secret")
    reader.publish(f"vigil/v1/{VICTIM}/command/stop", b"secret")
    reader.publish(f"vigil/v1/{CHEAT}/command/stop", b"for you")
    wait_until(lambda: cheat.messages != [], "its own command", 5)
    assert {topic for topic, _, _ in cheat.messages} == {f"vigil/v1/{CHEAT}/command/stop"}
    assert f"vigil/v1/{VICTIM}/event" in reader.topics()


def test_the_kept_status_of_another_vehicle_cannot_be_wiped(
    standing: Standing, connect: Any, cheat: Peer
) -> None:
    folder, broker = standing
    victim = connect(broker.port, tls_of(folder / "vehicles" / VICTIM))
    victim.publish(f"vigil/v1/{VICTIM}/status", b"kept", retain=True)
    assert cheat.publish(f"vigil/v1/{VICTIM}/status", b"", retain=True).is_failure
    late = connect(broker.port, tls_of(folder / "readers" / "fleet", "reader"))
    late.subscribe(f"vigil/v1/{VICTIM}/status")
    wait_until(lambda: (f"vigil/v1/{VICTIM}/status", b"kept", True) in late.messages, "status", 5)


def test_a_last_will_on_anothers_topic_is_never_published(
    standing: Standing, connect: Any, reader: Peer
) -> None:
    folder, broker = standing
    tls = tls_of(folder / "vehicles" / CHEAT)
    own = connect(broker.port, tls, will=(f"vigil/v1/{CHEAT}/status", b"own will"))
    own.break_off()
    wait_until(lambda: (f"vigil/v1/{CHEAT}/status", b"own will", False) in reader.messages, "will")
    forged = connect(broker.port, tls, will=(f"vigil/v1/{VICTIM}/status", b"forged will"))
    if forged.connected:
        forged.break_off()
    sentinel = connect(broker.port, tls)
    sentinel.publish(f"vigil/v1/{CHEAT}/event", b"sentinel")
    wait_until(lambda: b"sentinel" in reader.payloads(), "sentinel")
    assert b"forged will" not in reader.payloads()


@pytest.mark.parametrize("client_id", [f"vigil-{VICTIM}", VICTIM])
def test_taking_anothers_client_id_throws_nobody_out(
    standing: Standing, drive: Any, connect: Any, reader: Peer, client_id: str
) -> None:
    folder, broker = standing
    telemetry = drive(folder / "vehicles" / VICTIM)
    wait_until(lambda: telemetry.snapshot().connected, "the connection")
    cheat = connect(broker.port, tls_of(folder / "vehicles" / CHEAT), client_id)
    assert cheat.accepted
    assert cheat.publish(f"vigil/v1/{VICTIM}/event").is_failure
    telemetry.post_event(EVENT)
    wait_until(lambda: telemetry.snapshot().queue_depth == 0, "the event to be delivered")
    assert telemetry.snapshot().connections == 1
    told = [
        json.loads(body)
        for topic, body, kept in reader.messages
        if topic.endswith("/status") and not kept
    ]
    assert "offline" not in [status["status"] for status in told]


@pytest.mark.parametrize("claimed", ["fleet", VICTIM])
def test_a_claimed_user_name_counts_for_nothing(
    standing: Standing, connect: Any, reader: Peer, claimed: str
) -> None:
    folder, broker = standing
    cheat = connect(broker.port, tls_of(folder / "vehicles" / CHEAT), username=claimed)
    assert not cheat.publish(f"vigil/v1/{CHEAT}/event").is_failure
    assert cheat.publish(f"vigil/v1/{VICTIM}/event").is_failure
    assert cheat.publish(f"vigil/v1/{VICTIM}/command/stop").is_failure


def test_the_reader_commands_vehicles_and_cannot_speak_for_them(
    standing: Standing, connect: Any, reader: Peer
) -> None:
    folder, broker = standing
    vehicle = connect(broker.port, tls_of(folder / "vehicles" / VICTIM))
    vehicle.subscribe(f"vigil/v1/{VICTIM}/command/+")
    assert not reader.publish(f"vigil/v1/{VICTIM}/command/stop", b"now").is_failure
    wait_until(lambda: vehicle.messages != [], "the command", 5)
    for leaf in LEAVES:
        assert reader.publish(f"vigil/v1/{VICTIM}/{leaf}").is_failure
