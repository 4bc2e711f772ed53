"""The schemas inside a trace keep to what viewers read: no references, no unions, every object with its fields."""

from __future__ import annotations

from typing import Any

import pytest

from edge_app.trace.messages import CHANNELS, Channel

READ_BY_VIEWERS = {"boolean", "string", "number", "integer", "object", "array"}


def assert_plain(schema: dict[str, Any], where: str) -> None:
    assert schema.get("type") in READ_BY_VIEWERS, where
    assert not schema.keys() & {"$ref", "anyOf", "oneOf", "allOf", "prefixItems"}, where
    if schema["type"] == "object":
        for name, child in schema["properties"].items():
            assert_plain(child, f"{where}.{name}")
    if schema["type"] == "array":
        assert_plain(schema["items"], f"{where}[]")


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.topic)
def test_every_channel_has_a_plain_schema_of_an_object(channel: Channel[Any]) -> None:
    schema = channel.schema
    assert schema["type"] == "object"
    assert_plain(schema, channel.topic)


def test_what_may_be_missing_is_told() -> None:
    (signals,) = [channel for channel in CHANNELS if channel.topic == "/vigil/signals"]
    smile = signals.schema["properties"]["smile"]["properties"]
    assert smile["value"] == {"type": "number", "nullable": True}
    assert "no_face" in smile["unavailable"]["enum"]
