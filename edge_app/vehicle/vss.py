"""What VSS values (COVESA's vehicle signal specification) mean, as they come in MQTT messages.

A message holds the bare value (`72.5`, `true`, `ON`), or a JSON object with it as `value` or, as VISS writes it, as
`dp.value`.
"""

from __future__ import annotations

import json
import math

from edge_app.vehicle.network_settings import VssTopicSettings
from edge_app.vehicle.values import VehicleValues

_LONGEST = 4096  # bytes; a value with all its trimmings has a few hundred
_IGNITION = {"ON": True, "START": True, "ACC": False, "OFF": False, "LOCK": False}
_YES_NO = {"true": True, "false": False, "1": True, "0": False}


def read_value(payload: bytes) -> float | bool | str | None:
    """None for what holds no value."""
    if len(payload) > _LONGEST:
        return None
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text or None
    if isinstance(value, dict):
        inner = value.get("dp", value)
        value = inner.get("value") if isinstance(inner, dict) else None
    return value if isinstance(value, (bool, int, float, str)) else None


class VssReader:
    """Tells the values what a message under one of the topics says."""

    def __init__(self, prefix: str, topics: VssTopicSettings, values: VehicleValues) -> None:
        self._values = values
        told = {
            topics.speed: self._speed,
            topics.is_moving: self._is_moving,
            topics.low_voltage_system_state: self._ignition,
            topics.current_gear: self._gear,
            topics.steering_wheel_angle: self._angle,
        }
        self._told = {prefix + topic: tell for topic, tell in told.items() if topic is not None}

    @property
    def topics(self) -> list[str]:
        return list(self._told)

    def read(self, topic: str, payload: bytes) -> None:
        tell = self._told.get(topic)
        if tell is not None:
            tell(read_value(payload))

    def _speed(self, value: float | bool | str | None) -> None:
        self._values.speed(_number(value))

    def _is_moving(self, value: float | bool | str | None) -> None:
        self._values.moving(_YES_NO.get(str(value).lower()))

    def _ignition(self, value: float | bool | str | None) -> None:
        self._values.ignition(_IGNITION.get(str(value).upper()))

    def _gear(self, value: float | bool | str | None) -> None:
        gear = _number(value)
        self._values.reverse(None if gear is None else gear < 0)

    def _angle(self, value: float | bool | str | None) -> None:
        degrees = _number(value)
        self._values.steering_wheel(None if degrees is None else math.radians(degrees))


def _number(value: float | bool | str | None) -> float | None:
    """VISS writes numbers as text."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
