"""Alerts and the events they leave behind: the vocabulary shared by policy, cabin, fleet and report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Level(IntEnum):
    """How loud. Higher levels take the voice from lower ones."""

    NOTICE = 1  # the system speaks of itself: it cannot see
    ADVICE = 2  # take a break
    WARNING = 3
    ALARM = 4
    UNRESPONSIVE = 5

    @property
    def word(self) -> str:
        return self.name.lower()


class EventType(str, Enum):
    """Every kind of event; the value is what cabin, fleet and report call it."""

    MICROSLEEP = "microsleep"
    SLEEP = "sleep"
    UNRESPONSIVE = "unresponsive"
    DROWSINESS = "drowsiness"
    OFF_ROAD_GLANCE = "off_road_glance"
    OFF_ROAD_SHARE = "off_road_share"  # visual attention time sharing: 10 s in 30 s
    IMPAIRMENT = "impairment"  # a suspicion; advice at most, and only where it is switched on
    DEGRADED = "degraded"
    YAWN = "yawn"  # an observation, not an alert
    ALERT_ENDED = "alert_ended"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in frame time.

    t_s: when it was decided. onset_s: when what it tells of began. `values` are the numbers and words behind the
    decision; keys carry their unit.
    """

    type: EventType
    t_s: float
    onset_s: float
    level: Level | None = None
    values: Mapping[str, float | str | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """An alert that holds at this moment."""

    type: EventType
    level: Level
    since_s: float  # when it was raised
    reason: str  # one word of what lies behind it: `eyes_closed`, `no_face`, `head_turned` ...
    acknowledged: bool = False
