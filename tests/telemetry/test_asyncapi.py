"""The AsyncAPI document is that of the code, is one by AsyncAPI's own schema, and is enough to be understood by."""

from __future__ import annotations

import ast
import gzip
import json
import queue
import re
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from pydantic import BaseModel

from edge_app.alerts.event import ActiveAlert, Event, EventType, Level
from edge_app.telemetry.asyncapi import FILE_NAME, document, write_document
from edge_app.telemetry.asyncapi_examples import message_examples, request_examples
from edge_app.telemetry.clock import Instant, now
from edge_app.telemetry.command_messages import REQUESTS, CommandResult
from edge_app.telemetry.command_settings import CommandSettings
from edge_app.telemetry.health import LoopHealth
from edge_app.telemetry.messages import MESSAGES
from edge_app.telemetry.settings import VssSettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.telemetry.ulid import UlidMaker
from edge_app.telemetry.vss import VssMessage
from edge_app.vehicle.state import VehicleState
from tests.brokers import HOST, wait_until
from tests.telemetry import subscriber_from_document
from tests.telemetry.subscriber_from_document import Channel, DocumentedSubscriber
from tests.views.drivers import driver

HERE = Path(__file__).resolve().parent
COMMITTED = HERE.parents[1] / "docs" / FILE_NAME
OFFICIAL = HERE / "asyncapi_schema" / "3.0.0.json.gz"
LEAVING: dict[str, type[BaseModel]] = {
    **MESSAGES,
    "vss": VssMessage,
    "command_result": CommandResult,
}


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    return Draft7Validator(json.loads(gzip.decompress(OFFICIAL.read_bytes())))


def test_committed_document_is_that_of_the_code(tmp_path: Path) -> None:
    fresh = write_document(tmp_path)
    assert COMMITTED.read_text(encoding="utf-8") == fresh.read_text(encoding="utf-8"), (
        "run `python -m edge_app.telemetry.schemas docs/schemas`"
    )


def test_document_is_valid_by_the_official_schema(official: Draft7Validator) -> None:
    committed = yaml.safe_load(COMMITTED.read_text(encoding="utf-8"))
    problems = [error.message for error in official.iter_errors(committed)]
    assert not problems, problems[0]


def test_official_schema_would_notice(official: Draft7Validator) -> None:
    wrong = deepcopy(document())
    wrong["operations"]["send_state"]["bindings"]["mqtt"]["qos"] = 3
    assert not official.is_valid(wrong)


def test_every_reference_leads_somewhere() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    whole = yaml.safe_load(text)
    references = re.findall(r"\$ref: '#/([^']+)'", text)
    assert len(references) > 50
    for reference in references:
        node = whole
        for step in reference.split("/"):
            assert step in node, reference
            node = node[step]


def test_every_message_and_command_has_a_channel_and_an_operation() -> None:
    whole = document()
    names = {*LEAVING, "still", *(f"command_{command}" for command in REQUESTS)}
    assert set(whole["components"]["messages"]) == names
    names.add("vss_overlay")  # the message is the same as that of vss
    assert set(whole["channels"]) == names
    led_to = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in whole["operations"].values()
    }
    assert {name for name, action in led_to.items() if action == "send"} == {
        *LEAVING,
        "still",
        "vss_overlay",
    }
    assert set(led_to) == names


@pytest.mark.parametrize("name", sorted(LEAVING))
def test_example_of_a_message_is_a_real_one(name: str) -> None:
    whole = document()
    (example,) = whole["components"]["messages"][name]["examples"]
    read = LEAVING[name].model_validate_json(json.dumps(example["payload"]))
    assert read == message_examples()[name]
    assert Channel(name, whole).problems(example["payload"]) == []


@pytest.mark.parametrize("command", sorted(REQUESTS))
def test_example_of_a_command_is_taken_by_the_code_and_the_schema(command: str) -> None:
    example = request_examples()[command]
    REQUESTS[command].model_validate_json(json.dumps(example))
    channel = Channel(f"command_{command}", document())
    assert channel.problems(example) == []
    assert channel.problems({**example, "surprise": 1}) != []


def test_a_later_version_may_add_fields_to_messages() -> None:
    (example,) = document()["components"]["messages"]["state"]["examples"]
    assert Channel("state", document()).problems({**example["payload"], "added_later": 1}) == []
    del example["payload"]["drowsiness"]
    assert Channel("state", document()).problems(example["payload"]) != []


def test_subscriber_knows_nothing_of_the_code() -> None:
    source = Path(subscriber_from_document.__file__).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            named = [node.module or ""]
        assert not any(name.startswith(("edge_app", "tests", "calibration")) for name in named)


@pytest.fixture
def fleet(broker: Any) -> Iterator[DocumentedSubscriber]:
    subscriber = DocumentedSubscriber(COMMITTED, HOST, broker.port)
    yield subscriber
    subscriber.close()


@pytest.mark.mosquitto
def test_subscriber_written_from_the_document_understands_a_vehicle(
    broker: Any, fleet: DocumentedSubscriber, make_settings: Any, wait: Any
) -> None:
    settings = make_settings(broker.port, health_interval_s=0.3, vss=VssSettings(enabled=True))
    telemetry = Telemetry(settings, "car-7", {"vigil": "test"})
    telemetry.health_source = lambda: LoopHealth(29.9, 100, 3, 4.0, 6.0, 9.0, "bundle-1")
    telemetry.start()
    try:
        alert = ActiveAlert(EventType.DEGRADED, Level.NOTICE, 3.0, "eyes_occluded")
        telemetry.post_event(Event(EventType.YAWN, 1.0, 0.0, None, {"duration_s": 2.5}))
        telemetry.post_event(Event(EventType.SLEEP, 2.0, -1.0, Level.ALARM, {"closed_s": 3.0}))
        telemetry.post_state(driver(1.0), [alert], VehicleState(speed_kmh=72.0), "ok")
        wait(lambda: len(fleet.of("event")) == 2 and fleet.of("health"), "events and health")
        wait(lambda: fleet.of("state") and len(fleet.of("vss_overlay")) > 9, "state and signals")
    finally:
        telemetry.close(1.0)
    wait(lambda: fleet.of("status")[-1].payload["status"] == "offline", "the farewell")
    assert fleet.problems == []
    assert {received.parameters["vehicle"] for received in fleet.received} == {"car-7"}
    assert [received.payload["type"] for received in fleet.of("event")] == ["yawn", "sleep"]
    assert fleet.of("state")[0].payload["speed_kmh"] == 72.0
    assert fleet.of("status")[0].payload["status"] == "online"
    for received in (*fleet.of("vss"), *fleet.of("vss_overlay")):
        signal = received.parameters[f"{received.channel}_signal"]
        assert received.payload["path"].endswith(f".{signal}")
    assert fleet.of("vss")


@pytest.mark.mosquitto
def test_subscriber_written_from_the_document_gets_a_still(
    broker: Any, fleet: DocumentedSubscriber, make_settings: Any, wait: Any
) -> None:
    telemetry = Telemetry(make_settings(broker.port, publish_stills=True), "car-7", {})
    telemetry.start()
    taken: queue.SimpleQueue[str] = queue.SimpleQueue()
    name = "5f0c3b7a9d2e41688c1a07b4e6d3f295"
    try:
        wait(lambda: telemetry.snapshot().connected, "the connection")
        telemetry.send_still(name, b"\x00sealed\xff", taken, telemetry.connection_number)
        assert taken.get(timeout=5) == name
        wait(lambda: fleet.of("still"), "the still")
    finally:
        telemetry.close(1.0)
    (still,) = fleet.of("still")
    assert still.payload == b"\x00sealed\xff"
    assert still.parameters == {"vehicle": "car-7", "still": name}
    assert fleet.problems == []


@pytest.mark.mosquitto
def test_subscriber_written_from_the_document_commands_a_vehicle(
    broker: Any, fleet: DocumentedSubscriber, make_settings: Any, wait: Any, tmp_path: Path
) -> None:
    from edge_app.commanding.desk import CommandDesk
    from edge_app.commanding.reading_orders import Ping
    from edge_app.commanding.remembered import RememberedRequests
    from edge_app.commanding.request_judge import RequestJudge

    settings = make_settings(broker.port, commands=CommandSettings(enabled=True))
    telemetry = Telemetry(settings, "car-7", {"vigil": "test"})
    assert telemetry.commands is not None
    remembered = RememberedRequests(tmp_path / "commands.sqlite")
    desk = CommandDesk(
        telemetry.commands,
        RequestJudge(settings.commands, "vigil/v1/car-7", remembered),
        remembered,
        {"ping": Ping({"vigil": "test"})},
        send=telemetry.answer_command,
        now=_synchronised_now,
    )
    desk.start()
    telemetry.start()
    try:
        wait(lambda: fleet.of("status"), "the birth")
        expires_at = datetime.now(timezone.utc) + timedelta(seconds=60)
        ulid = UlidMaker().make(time.time())
        request = {"id": ulid, "expires_at": expires_at.isoformat(), "arguments": {}}
        answers = fleet.answers("command_ping")
        # The unit subscribes right after its birth message: what comes before that nobody hears.
        wait_until(lambda: _answered(fleet, answers, request), "an answer")
    finally:
        telemetry.close(1.0)
        desk.close()
        remembered.close()
    result = fleet.of(answers)[0]
    assert result.parameters == {"vehicle": "car-7", "command": "ping"}
    assert (result.payload["id"], result.payload["status"]) == (ulid, "done")
    assert result.correlation == b"from-the-document"
    assert fleet.problems == []


def _answered(fleet: DocumentedSubscriber, answers: str, request: dict[str, Any]) -> bool:
    fleet.ask("command_ping", request, b"from-the-document", vehicle="car-7")
    time.sleep(0.2)
    return bool(fleet.of(answers))


def _synchronised_now() -> Instant:
    here = now()
    return Instant(here.monotonic_s, here.wall_s, synchronised=True)
