"""`ping` and `status`: what a unit tells of itself when asked. Nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from edge_app.commanding.orders import Tell
from edge_app.commanding.outcome import Outcome
from edge_app.telemetry.command_messages import NoArguments


class Ping:
    """The way there and back works."""

    def __init__(self, versions: Mapping[str, str]) -> None:
        self._versions = dict(versions)

    def carry_out(self, arguments: NoArguments, tell: Tell) -> Outcome:
        return Outcome("done", "This unit hears you.", values={"versions": dict(self._versions)})


class Status:
    """How the unit fares at this moment."""

    def __init__(self, read: Callable[[], dict[str, JsonValue]]) -> None:
        self._read = read

    def carry_out(self, arguments: NoArguments, tell: Tell) -> Outcome:
        return Outcome("done", "How this unit fares now.", values=self._read())
