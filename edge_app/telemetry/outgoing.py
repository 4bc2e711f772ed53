"""One MQTT publication on its way out."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.telemetry.outbox import Receipt


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What to publish. `receipt` comes back when the broker has acknowledged it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    expiry_s: int | None = None  # MQTT 5 only; never on safety events
    content_type: str = "application/json"
    may_be_refused: bool = False  # by the broker, without the connection being given up for it
    correlation: bytes | None = None  # MQTT 5 only: which request this answers
    receipt: Receipt | None = None
