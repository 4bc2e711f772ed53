"""Which settings a command from the fleet may change, how far, and why. Everything that is not here it may not.

Left out on purpose: whatever decides what is published, recorded or kept of a person; where messages go and who may
command; cameras, models, outputs and pins; and whatever switches an alert off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from edge_app.configuration.document import KeyPath
from edge_app.configuration.sentences import value_at

Direction = Literal["any", "down", "up"]


@dataclass(frozen=True, slots=True)
class Settable:
    """`direction`: whether it may only be lowered (`down`) or raised (`up`) from what the vehicle's own files say."""

    pattern: str  # of the dotted key; `*` is a position in a list
    low: float
    high: float
    direction: Direction
    why: str
    at_once: bool = False

    def fits(self, key: str) -> bool:
        return re.fullmatch(re.escape(self.pattern).replace(r"\*", r"\d{1,2}"), key) is not None

    def objection(self, value: Any, base: Any) -> str | None:
        """`base`: what the vehicle's own files say. None where `value` may stand."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return "must be a number"
        low, high = self.low, self.high
        if self.direction == "down":
            high = min(high, float(base))
        elif self.direction == "up":
            low = max(low, float(base))
        if low <= value <= high:
            return None
        only = {"down": " lower", "up": " higher", "any": ""}[self.direction]
        room = (
            f"from {low:g} to {high:g}"
            if low <= high
            else f"as it is ({float(base):g}): a command may only make it{only}"
        )
        return f"is {value:g} but must be {room}"


_EARLIER = "the driver may be warned earlier than the vehicle's files say, never later"
_PACE = "how often the fleet is told costs bandwidth, and nobody's safety"

SETTABLE = (
    Settable("telemetry.state_interval_s", 0.2, 300.0, "any", _PACE, at_once=True),
    Settable("telemetry.health_interval_s", 10.0, 3600.0, "any", _PACE, at_once=True),
    Settable(
        "cabin.outputs.*.volume", 0.0, 1.0, "up", "an alert may be made louder, never fainter"
    ),
    Settable("alerts.drowsiness.advice_level", 6.0, 9.0, "down", _EARLIER),
    Settable("alerts.drowsiness.warning_level", 7.0, 9.0, "down", _EARLIER),
    Settable("alerts.drowsiness.min_speed_kmh", 0.0, 130.0, "down", _EARLIER),
    Settable("alerts.drowsiness.repeat_s", 120.0, 3600.0, "down", _EARLIER),
    Settable("alerts.distraction.glance_fast_s", 2.0, 10.0, "down", _EARLIER),
    Settable("alerts.distraction.glance_slow_s", 3.0, 15.0, "down", _EARLIER),
    Settable("alerts.distraction.share_s", 7.0, 30.0, "down", _EARLIER),
    Settable("alerts.degraded.told_after_s", 3.0, 10.0, "down", _EARLIER),
    Settable(
        "alerts.acknowledge_mute_s",
        10.0,
        120.0,
        "down",
        "silence may be made shorter, never longer",
    ),
)


def settable(key: str) -> Settable | None:
    """What may be done with `key` by command; None: nothing."""
    return next((one for one in SETTABLE if one.fits(key)), None)


def key_path(key: str) -> KeyPath:
    return tuple(int(part) if part.isdecimal() else part for part in key.split("."))


def value_of(key: str, values: dict[str, Any]) -> Any:
    """Of plain settings, None where there is no such key."""
    found = value_at(key_path(key), values)
    return found if isinstance(found, (bool, int, float)) else None
