"""How a kind of broker wants to be spoken to. A message becomes the broker's at the last moment before the wire:
the outbox holds Vigil's own, so the profile may change while messages wait, and ids and sequence stay.
"""

from __future__ import annotations

from typing import Protocol

from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings


class Dialect(Protocol):
    """One message in, one message out: what waits for an acknowledgement still gets its own."""

    def client_id(self, vehicle: str) -> str: ...

    def spoken(self, outgoing: Outgoing) -> Outgoing: ...


class VigilDialect:
    """Topics and payloads as in docs/messages.md."""

    def client_id(self, vehicle: str) -> str:
        return f"vigil-{vehicle}"

    def spoken(self, outgoing: Outgoing) -> Outgoing:
        return outgoing


def dialect_of(settings: TelemetrySettings) -> Dialect:
    if settings.profile == "thingsboard":
        from edge_app.telemetry.dialect_thingsboard import ThingsBoardDialect

        return ThingsBoardDialect()
    if settings.profile == "aws_iot":
        from edge_app.telemetry.dialect_aws_iot import AwsIotDialect

        return AwsIotDialect()
    return VigilDialect()
