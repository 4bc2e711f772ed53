"""Commands the whole way: a real broker, a requester of either MQTT version, the unit's own threads."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge_app.alerts.event import Event, EventType, Level
from edge_app.commanding.open_desk import open_desk
from edge_app.configuration.by_command import SettingsSources
from edge_app.telemetry.clock import now
from edge_app.telemetry.health import LoopHealth
from edge_app.telemetry.telemetry import Telemetry
from tests.brokers import HOST, wait_until
from tests.telemetry.command_desk import WARNING, NotedLoop, payload

pytestmark = pytest.mark.mosquitto
COMMAND = "vigil/v1/car-7/command"


class StandingLoop(NotedLoop):
    """A loop that has just seen one moment, with a warning."""

    last: Any = SimpleNamespace(policy=SimpleNamespace(active=(WARNING,), parked=False))
    counters = SimpleNamespace(health=lambda: LoopHealth(30.0, 100, 1, 4.0, 6.0, 9.0, "bundle-1"))


class Requester:
    """Somebody in the fleet's office. Hears all results and what comes along with them."""

    def __init__(self, port: int, protocol: MQTTProtocolVersion = paho.MQTTv5) -> None:
        self.results: list[tuple[str, dict[str, Any], bytes | None]] = []
        self._protocol = protocol
        subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{COMMAND}/+/result/#", 1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._heard
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert subscribed.wait(5)

    def _heard(self, client: Any, userdata: Any, message: paho.MQTTMessage) -> None:
        correlation = getattr(message.properties, "CorrelationData", None)
        self.results.append((message.topic, json.loads(message.payload), correlation))

    def send(self, name: str, content: bytes, *, retain: bool = False, **properties: Any) -> None:
        given = None
        if self._protocol == paho.MQTTv5:
            given = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            for key, value in properties.items():
                setattr(given, key, value)
        self._client.publish(f"{COMMAND}/{name}", content, 1, retain, given).wait_for_publish(5)

    def answer(self, name: str, content: bytes, **properties: Any) -> dict[str, Any]:
        request_id = json.loads(content)["id"]
        before = len(self.results)
        self.send(name, content, **properties)
        wait_until(
            lambda: any(one[1]["id"] == request_id for one in self.results[before:]),
            "an answer",
            10,
        )
        return next(one[1] for one in self.results[before:] if one[1]["id"] == request_id)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class CommandedUnit:
    """Telemetry and desk as the vehicle program puts them together."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        folder.mkdir(exist_ok=True)
        file = folder / "vigil.yaml"
        file.write_text(
            f"unit: {{vehicle_id: car-7}}\ntelemetry:\n  enabled: true\n  host: {HOST}\n  port: {port}\n"
            f"  outbox: {{path: {folder}/outbox.sqlite}}\n  back_off: {{min_s: 0.05, max_s: 0.3}}\n"
            "  health_interval_s: 0.5\n"
            "  commands: {enabled: true, per_minute: 600, burst: 50, allowed: [ping, status, settings, set, reset,"
            " acknowledge, calibrate]}\n"
        )
        sources = SettingsSources(file, options)
        self.settings = sources.layered().settings
        self.loop = StandingLoop()
        self.telemetry = Telemetry(self.settings.telemetry, "car-7", {"vigil": "test"})
        self.telemetry.start()
        self._desk = open_desk(
            self.settings, self.telemetry, self.loop, {"vigil": "test"}, sources=sources
        )
        assert self._desk is not None or not self.settings.telemetry.commands.enabled
        wait_until(lambda: self.telemetry.snapshot().connected, "the connection")

    def close(self) -> None:
        if self._desk is not None:
            self._desk.close()
        self.telemetry.close(0.5)


@pytest.fixture(autouse=True)
def _known_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_app.telemetry.clock.clock_synchronised", lambda: True)


@pytest.fixture
def make_unit(tmp_path: Path, broker: Any) -> Iterator[Callable[..., CommandedUnit]]:
    made: list[CommandedUnit] = []

    def make(*options: str) -> CommandedUnit:
        made.append(CommandedUnit(tmp_path / "state", broker.port, *options))
        return made[-1]

    yield make
    for unit in made:
        unit.close()


@pytest.fixture
def requester(broker: Any) -> Iterator[Requester]:
    requester = Requester(broker.port)
    yield requester
    requester.close()


def fresh(arguments: dict[str, Any] | None = None, **options: Any) -> bytes:
    return payload(arguments, now=now(), **options)


def test_answer_comes_with_the_correlation_to_the_topic_asked_for(
    make_unit: Any, requester: Requester
) -> None:
    make_unit()
    topic = f"{COMMAND}/ping/result/office-1"
    answer = requester.answer("ping", fresh(), ResponseTopic=topic, CorrelationData=b"\x01\x02")
    assert answer["status"] == "done"
    assert requester.results[0][0] == topic
    assert requester.results[0][2] == b"\x01\x02"


@pytest.mark.parametrize("unit_speaks", ["5", "3.1.1"])
def test_either_version_on_either_side(make_unit: Any, broker: Any, unit_speaks: str) -> None:
    make_unit(f'telemetry.protocol="{unit_speaks}"')
    for protocol in (paho.MQTTv5, paho.MQTTv311):
        requester = Requester(broker.port, protocol)
        try:
            status = requester.answer("status", fresh())
            assert status["values"]["alerts"] == [
                {"type": "drowsiness", "level": "warning", "reason": "kss"}
            ]
        finally:
            requester.close()


def test_set_changes_the_rhythm_at_once_and_outlives_the_unit(
    make_unit: Any, requester: Requester
) -> None:
    unit = make_unit()
    values = {"telemetry.state_interval_s": 0.5, "telemetry.health_interval_s": 20}
    assert requester.answer("set", fresh({"values": values}))["status"] == "done"
    assert unit.telemetry._courier._state_interval_s == 0.5
    unit.close()
    again = make_unit()
    assert again.settings.telemetry.health_interval_s == 20
    assert requester.answer("reset", fresh({"keys": "all"}))["status"] == "done"
    assert again.telemetry._courier._state_interval_s == 1.0


def test_command_sent_again_after_a_restart_is_not_done_again(
    make_unit: Any, requester: Requester
) -> None:
    unit = make_unit()
    content = fresh()
    first = requester.answer("acknowledge", content)
    unit.close()
    again = make_unit()
    assert requester.answer("acknowledge", content)["detail"] == first["detail"]
    assert (unit.loop.calls, again.loop.calls) == (["acknowledge"], [])


def test_retained_command_is_refused_and_later_units_never_see_it(
    make_unit: Any, requester: Requester
) -> None:
    make_unit().close()
    content = fresh()
    unit = make_unit()
    requester.send("acknowledge", content, retain=True)
    wait_until(lambda: bool(requester.results), "the refusal")
    assert requester.results[0][1]["reason"] == "retained"
    unit.close()
    later = make_unit()
    assert requester.answer("ping", fresh())["status"] == "done"
    assert len(requester.results) == 2
    assert unit.loop.calls == later.loop.calls == []


def test_refusals_stand_in_the_health_message(
    make_unit: Any, requester: Requester, subscribe: Any, broker: Any
) -> None:
    make_unit("telemetry.outbox.gauge_commit_interval_s=0.2")
    requester.answer("acknowledge", fresh(valid_s=-5))
    requester.send("acknowledge", b"{")
    requester.send("fly", b"{}")
    fleet = subscribe(broker.port)
    wanted = {"expired": 1, "malformed": 1, "unknown": 1}
    wait_until(
        lambda: any(one["commands"]["refused"] == wanted for one in fleet.of("/health")),
        "the counts",
    )


def test_too_large_a_command_never_reaches_the_unit_of_mqtt_5_and_is_refused_by_3_1_1(
    make_unit: Any, requester: Requester
) -> None:
    unit = make_unit()
    requester.send("ping", b"x" * 100_000)
    assert requester.answer("ping", fresh())["status"] == "done"
    assert len(requester.results) == 1
    assert unit.telemetry.snapshot().connections == 1
    unit.close()
    unit = make_unit('telemetry.protocol="3.1.1"')
    requester.send("ping", b"x" * 100_000)
    wait_until(lambda: len(requester.results) == 2, "the refusal")
    assert requester.results[1][1]["reason"] == "oversized"


def test_unit_that_takes_no_commands_hears_none(make_unit: Any, requester: Requester) -> None:
    unit = make_unit("telemetry.commands.enabled=false")
    requester.send("ping", fresh())
    time.sleep(0.5)
    assert requester.results == []
    assert unit.telemetry.commands is None


def test_broker_that_refuses_an_answer_does_not_cost_the_connection(
    make_broker: Any, tmp_path: Path
) -> None:
    rules = tmp_path / "acl"
    rules.write_text(
        f"topic write vigil/v1/car-7/+\ntopic readwrite {COMMAND}/+\n"
        f"topic readwrite {COMMAND}/ping/result\n"
    )
    rules.chmod(0o700)
    broker = make_broker(rules=f"allow_anonymous true\nacl_file {rules}")
    broker.start()
    requester = Requester(broker.port)
    unit = CommandedUnit(tmp_path / "state", broker.port)
    try:
        requester.send("status", fresh())
        requester.send("ping", fresh(), ResponseTopic=f"{COMMAND}/ping/result/elsewhere")
        assert requester.answer("ping", fresh())["status"] == "done"
        time.sleep(0.5)  # a connection given up would be another by now
        assert requester.answer("ping", fresh())["status"] == "done"
        assert unit.telemetry.snapshot().connections == 1
        assert len(requester.results) == 2
    finally:
        unit.close()
        requester.close()


def test_flood_holds_up_no_event(
    make_unit: Any, requester: Requester, subscribe: Any, broker: Any
) -> None:
    unit = make_unit()
    fleet = subscribe(broker.port)
    for _ in range(300):
        requester._client.publish(f"{COMMAND}/ping", fresh(), 1)
    begun_s = time.monotonic()
    for number in range(20):
        unit.telemetry.post_event(Event(EventType.MICROSLEEP, float(number), 0.0, Level.WARNING))
    assert time.monotonic() - begun_s < 0.1
    fleet.wait_for("/event", 20)
    wait_until(lambda: unit.telemetry.snapshot().queue_depth == 0, "all acknowledged", 10)
    assert unit.telemetry.snapshot().connections == 1
    wait_until(lambda: total(unit) == 300, "each counted", 10)


def total(unit: CommandedUnit) -> int:
    assert unit.telemetry._courier is not None
    counts = unit.telemetry._courier.command_counts()
    assert counts is not None
    return counts.done + counts.failed + counts.dropped + sum(counts.refused.values())
