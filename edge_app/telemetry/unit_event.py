"""Events about the unit itself; those of the driver are the policy's (`alerts.event`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class UnitEventType(str, Enum):
    """The value is what the fleet calls it."""

    OUTBOX_SET_ASIDE = (
        "outbox_set_aside"  # the file was damaged: a new one holds what could be read
    )


@dataclass(frozen=True, slots=True)
class UnitEvent:
    """Something that happened to the unit. t_s: when it was noticed, monotonic as frame time is."""

    type: UnitEventType
    t_s: float
    onset_s: float
    level: None = None
    values: Mapping[str, float | str | bool | None] = field(default_factory=dict)
