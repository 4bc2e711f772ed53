"""Events in words: a line of events.jsonl, and the CloudEvents envelope that goes to the fleet."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import Any

from edge_app.alerts.event import Event, Level
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.messages import SAFE_VALUE, EventData, EventMessage
from edge_app.telemetry.outbox import Entry, Importance
from edge_app.telemetry.unit_event import UnitEvent


def event_line(event: Event | UnitEvent) -> dict[str, Any]:
    """The event as one plain object, for events.jsonl; every value is JSON."""
    return {
        "type": event.type.value,
        "t_s": round(event.t_s, 4),
        "onset_s": round(event.onset_s, 4),
        "level": None if event.level is None else event.level.word,
        "values": {key: plain(value) for key, value in event.values.items()},
    }


def plain(value: object) -> SAFE_VALUE:
    """A value JSON knows. Not-a-number and infinity have no JSON: they become null."""
    if value is None or isinstance(value, bool | str | int):
        return value
    try:
        number = float(value)  # type: ignore[arg-type]  # numpy's scalars too
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else None


def importance_of(event: Event | UnitEvent) -> Importance:
    """Advice and louder is safety; the rest are observations, given up first when the outbox is full."""
    loud = event.level is not None and event.level >= Level.ADVICE
    return Importance.SAFETY if loud else Importance.OBSERVATION


def envelope(
    event: Event | UnitEvent,
    *,
    ulid: str,
    source: str,
    vehicle: str,
    posted: Instant,
    boot_id: str,
    birth_number: int,
    sequence: int,
) -> EventMessage:
    return EventMessage(
        id=ulid,
        source=source,
        type=event.type.value,
        time=posted.wall,
        subject=vehicle,
        data=EventData(
            t_s=event.t_s,
            onset_s=event.onset_s,
            level=None if event.level is None else event.level.word,
            values={key: plain(value) for key, value in event.values.items()},
            boot_id=boot_id,
            birth_number=birth_number,
            sequence=sequence,
            historical=False,
            clock_synchronised=posted.synchronised,
        ),
    )


def payload_as_sent(
    entry: Entry, birth_number: int, now: Instant, historical_after_s: float
) -> bytes:
    """The stored message as it leaves now: marked historical when late, its time mended when the clock was wrong.

    Works on plain JSON, so that rows written by an older version can still be sent.
    """
    same_boot = entry.birth_number == birth_number
    age_s = now.monotonic_s - entry.posted_s
    historical = not same_boot or age_s > historical_after_s
    mend_time = same_boot and now.synchronised and not entry.clock_synchronised
    if not historical and not mend_time:
        return entry.payload
    message = json.loads(entry.payload)
    body = message.get("data", message)
    body["historical"] = historical
    if mend_time:
        moment = datetime.fromtimestamp(now.wall_s - age_s, timezone.utc)
        message["time"] = moment.isoformat().replace("+00:00", "Z")
        body["clock_synchronised"] = True
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
