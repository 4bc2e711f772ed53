"""What one rule of the ladder asks for at one moment, and the moment it judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from edge_app.alerts.event import EventType, Level
from edge_app.alerts.motion import Motion
from edge_app.driver_state.state import DriverState


@dataclass(frozen=True, slots=True)
class Demand:
    """An alert that should hold now. A new type or onset, or a higher level, is a new event."""

    type: EventType
    level: Level
    onset_s: float
    reason: str
    values: Mapping[str, float | str | bool | None] = field(default_factory=dict)


class Rule(Protocol):
    """One rung of the ladder with its own hysteresis."""

    def step(self, state: DriverState, motion: Motion) -> Demand | None: ...

    def reset(self) -> None:
        """The vehicle is parked: whatever was going on is over."""
        ...
