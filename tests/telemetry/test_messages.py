"""What the messages say, and that the published schemas are those of the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.event_message import envelope, event_line, importance_of, payload_as_sent
from edge_app.telemetry.messages import EventMessage
from edge_app.telemetry.outbox import Entry, Importance
from edge_app.telemetry.schemas import json_schemas, write_schemas

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "schemas"
UNSYNCHRONISED = Instant(monotonic_s=100.0, wall_s=1_000.0, synchronised=False)


def stored(posted: Instant = UNSYNCHRONISED, birth_number: int = 3) -> Entry:
    message = envelope(
        Event(EventType.SLEEP, 12.5, 9.0, Level.ALARM, {"closed_s": 3.5}),
        ulid="01M7WE44BP897CBX5D32PX5KJG",
        source="vigil/v1/car-7",
        vehicle="car-7",
        posted=posted,
        boot_id="01M7WE44BJ4K5JAXQVX41BCBCM",
        birth_number=birth_number,
        sequence=1,
    )
    return Entry(
        birth_number,
        1,
        Importance.SAFETY,
        "vigil/v1/car-7/event",
        message.encoded(),
        posted.monotonic_s,
        posted.synchronised,
    )


def sent(entry: Entry, now: Instant) -> dict[str, Any]:
    payload = payload_as_sent(entry, birth_number=3, now=now, historical_after_s=10.0)
    EventMessage.model_validate_json(payload)  # whatever was changed, it is still an event
    message: dict[str, Any] = json.loads(payload)
    return message


def test_committed_schemas_are_those_of_the_code(tmp_path: Path) -> None:
    for fresh in write_schemas(tmp_path):
        committed = COMMITTED / fresh.name
        assert committed.read_text() == fresh.read_text(), (
            "run `python -m edge_app.telemetry.schemas docs/schemas`"
        )


def test_every_field_of_an_event_is_required_by_its_schema() -> None:
    schema = json_schemas()["event"]
    assert set(schema["required"]) == set(schema["properties"])
    assert schema["$id"] == stored_message()["dataschema"]


@pytest.mark.parametrize("name", sorted(json_schemas()))
def test_published_schemas_let_messages_grow_and_hold_requests_strict(name: str) -> None:
    schema = json_schemas()[name]
    is_request = name.startswith("command_") and name != "command_result"
    for each in (schema, *schema.get("$defs", {}).values()):
        if each.get("type") == "object":
            assert (each.get("additionalProperties") is False) is is_request


def stored_message() -> dict[str, Any]:
    message: dict[str, Any] = json.loads(stored().payload)
    return message


def test_event_line_is_plain_json_even_of_wild_values() -> None:
    line = event_line(
        Event(
            EventType.DEGRADED,
            2.0,
            1.0,
            None,
            {"share": np.float32(0.5), "ratio": float("nan"), "why": "mask", "seen": False, "n": 3},  # type: ignore[dict-item]
        )
    )
    assert line == {
        "type": "degraded",
        "t_s": 2.0,
        "onset_s": 1.0,
        "level": None,
        "values": {"share": 0.5, "ratio": None, "why": "mask", "seen": False, "n": 3},
    }
    assert json.loads(json.dumps(line, allow_nan=False)) == line


def test_advice_and_louder_is_safety() -> None:
    levels = {level: importance_of(Event(EventType.SLEEP, 0, 0, level)) for level in Level}
    assert levels[Level.NOTICE] is Importance.OBSERVATION
    assert all(levels[level] is Importance.SAFETY for level in Level if level >= Level.ADVICE)
    assert importance_of(Event(EventType.YAWN, 0, 0)) is Importance.OBSERVATION


def test_event_sent_soon_is_sent_as_stored() -> None:
    entry = stored()
    soon = Instant(105.0, 1_005.0, synchronised=False)
    assert payload_as_sent(entry, 3, soon, 10.0) == entry.payload


def test_event_sent_late_is_historical() -> None:
    message = sent(stored(), Instant(111.0, 1_011.0, synchronised=False))
    assert message["data"]["historical"] is True


def test_event_of_an_earlier_boot_is_historical_and_keeps_its_time() -> None:
    entry = stored(birth_number=2)
    message = sent(entry, Instant(5.0, 9_000.0, synchronised=True))
    assert message["data"]["historical"] is True
    assert message["time"] == stored_message()["time"]
    assert message["data"]["clock_synchronised"] is False


def test_time_is_mended_when_the_clock_was_synchronised_meanwhile() -> None:
    message = sent(stored(), Instant(104.0, 1_700_000_004.0, synchronised=True))
    assert message["time"] == "2023-11-14T22:13:20Z"
    assert message["data"]["clock_synchronised"] is True
    assert message["data"]["historical"] is False
    assert message["id"] == stored_message()["id"]
