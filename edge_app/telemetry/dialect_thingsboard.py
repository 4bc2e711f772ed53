"""ThingsBoard's MQTT device API: state, events and health as time series, status as attributes of the device.

Each message stays whole under one key, with its id, sequence and nulls; known numbers stand beside it for charts. The
time is always sent: without it ThingsBoard would take the moment of arrival, and a repeated event would count twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from edge_app.telemetry.outgoing import Outgoing

TIME_SERIES = "v1/devices/me/telemetry"
ATTRIBUTES = "v1/devices/me/attributes"
_SAMPLED = ("state", "health")


class ThingsBoardDialect:
    """The device is known by its access token (the user name) or its certificate; topics do not name it."""

    def client_id(self, vehicle: str) -> str:
        return f"vigil-{vehicle}"

    def spoken(self, outgoing: Outgoing) -> Outgoing:
        name = outgoing.topic.rpartition("/")[2]
        try:
            topic, said = _said(name, json.loads(outgoing.payload))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # Refused here it would come back from the outbox at every connection, and never be sent.
            text = outgoing.payload.decode(errors="replace")
            topic, said = TIME_SERIES, _at(round(1000 * time.time()), {f"unreadable_{name}": text})
        payload = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
        return replace(
            outgoing,
            topic=topic,
            payload=payload,
            retain=False,  # attributes are kept as it is
            content_type="application/json",
        )


def _said(name: str, message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if name in _SAMPLED:
        values = {name: message, **dict(_numbers(message))}
        return TIME_SERIES, _at(_moment_ms(message), values)
    if name == "event":
        # A value is known by device, key and millisecond: kinds of one millisecond must not hide each other.
        return TIME_SERIES, _at(_moment_ms(message), {f"event_{message['type']}": message})
    if name == "status":
        return ATTRIBUTES, {"status": message["status"], "status_message": message}
    return ATTRIBUTES, {name: message}


def _at(moment_ms: int, values: dict[str, Any]) -> dict[str, Any]:
    return {"ts": moment_ms, "values": values}


def _moment_ms(message: dict[str, Any]) -> int:
    moment = datetime.fromisoformat(message["time"].replace("Z", "+00:00"))
    return round(1000 * moment.timestamp())


def _numbers(message: dict[str, Any], front: str = "") -> Iterator[tuple[str, float | bool]]:
    """Known numbers and truths by their path: `drowsiness_level`, `head_yaw_rad`."""
    for key, value in message.items():
        path = front if key == "value" and front else f"{front}_{key}" if front else key
        if isinstance(value, dict):
            yield from _numbers(value, path)
        elif isinstance(value, bool | int | float):
            yield path, value
