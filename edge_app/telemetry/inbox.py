"""What may lie in the telemetry thread's inbox."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.alerts.event import Event
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.outbox import Receipt
from edge_app.telemetry.unit_event import UnitEvent


@dataclass(frozen=True, slots=True)
class Posted:
    """An event handed over by the loop, and when."""

    event: Event | UnitEvent
    at: Instant


@dataclass(frozen=True, slots=True)
class Acknowledged:
    receipt: Receipt


class Stop:
    """No more events will come."""


class Wake:
    """Something changed elsewhere: look again."""


Item = Posted | Acknowledged | Stop | Wake
