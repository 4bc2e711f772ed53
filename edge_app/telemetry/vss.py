"""Live state under the names of COVESA's Vehicle Signal Specification (VSS 6), one MQTT topic for each signal.

In: the state message as it is published, so nothing is told here that is not told there. What VSS lacks stands in
`firmware_configs/vss_overlay.vspec`. VSS knows no null: a signal that is not known is not published.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from edge_app.alerts.event import Level
from edge_app.telemetry.messages import Message, StateMessage
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.settings import TelemetrySettings

Value = float | int | bool | str
BRANCH = "Vehicle.Driver"
OVERLAY_BRANCH = f"{BRANCH}.Vigil"
SHARE_WINDOW_S = 30.0  # over which state sums up glances off the road
CLOSED_EYES = ("microsleep", "sleep")  # a blink is no look away
NO_ALERT = "none"


class VssDataPoint(Message):
    """As VISS version 2 writes it."""

    value: str = Field(description="In words, whatever the datatype: `41.2`, `true`")
    ts: datetime


class VssMessage(Message):
    """One signal of the tree, live only."""

    path: str = Field(description="Such as `Vehicle.Driver.FatigueLevel`")
    dp: VssDataPoint


@dataclass(frozen=True, slots=True)
class VssSignal:
    """A leaf of the tree and how it follows from the state message; None where it is not known."""

    path: str
    datatype: Literal["float", "boolean", "uint16", "string"]
    unit: str | None
    told: Callable[[StateMessage], Value | None]


def _fatigue_percent(state: StateMessage) -> float | None:
    """1..9 onto 0..100."""
    level = state.drowsiness.level
    return None if level is None else _percent((level - 1) / 8)


def _distraction_percent(state: StateMessage) -> float | None:
    """Share of the last 30 s off the road."""
    if state.glance.off_road is None:
        return None
    return _percent(state.glance.off_road_s_in_window / SHARE_WINDOW_S)


def _eyes_on_road(state: StateMessage) -> bool | None:
    if state.eyelids.closure_kind in CLOSED_EYES:
        return False
    return None if state.glance.off_road is None else not state.glance.off_road


def _attentive_percent(state: StateMessage) -> float | None:
    """Looking at the road, and not sleepy."""
    on_road, sleepy = _eyes_on_road(state), state.drowsiness.probability
    if on_road is False:
        return 0.0
    return None if on_road is None or sleepy is None else _percent(1 - sleepy)


def _eyes_closed_s(state: StateMessage) -> float | None:
    return None if state.eyelids.closure.value is None else state.eyelids.closed_s


def _off_road_s(state: StateMessage) -> float | None:
    return None if state.glance.off_road is None else state.glance.off_road_s


def _alert_word(state: StateMessage) -> str:
    levels = [Level[alert.level.upper()] for alert in state.alerts]
    return max(levels).word if levels else NO_ALERT


def _suspicion_percent(state: StateMessage) -> float | None:
    return None if state.impairment is None else state.impairment.suspicion_percent


def _percent(share: float | None) -> float | None:
    return None if share is None else round(min(max(100 * share, 0.0), 100.0), 1)


STANDARD = (
    VssSignal(f"{BRANCH}.FatigueLevel", "float", "percent", _fatigue_percent),
    VssSignal(f"{BRANCH}.DistractionLevel", "float", "percent", _distraction_percent),
    VssSignal(f"{BRANCH}.IsEyesOnRoad", "boolean", None, _eyes_on_road),
    VssSignal(f"{BRANCH}.AttentiveProbability", "float", "percent", _attentive_percent),
)


def _own(
    name: str,
    datatype: Literal["float", "boolean", "uint16", "string"],
    unit: str | None,
    told: Callable[[StateMessage], Value | None],
) -> VssSignal:
    return VssSignal(f"{OVERLAY_BRANCH}.{name}", datatype, unit, told)


OVERLAY = (
    _own("DrowsinessLevel", "float", None, lambda state: state.drowsiness.level),
    _own(
        "DrowsinessProbability",
        "float",
        "percent",
        lambda state: _percent(state.drowsiness.probability),
    ),
    _own("Perclos", "float", "percent", lambda state: _percent(state.perclos.share)),
    _own("PerclosCoverage", "float", "percent", lambda state: _percent(state.perclos.coverage)),
    _own("IsFacePresent", "boolean", None, lambda state: state.presence.face_present),
    _own("IsEyesAvailable", "boolean", None, lambda state: state.eyelids.closure.value is not None),
    _own("EyesClosedDuration", "float", "s", _eyes_closed_s),
    _own("OffRoadDuration", "float", "s", _off_road_s),
    _own("BlinkRate", "float", "cpm", lambda state: state.blink_rate_per_min.value),
    _own("BlinkDuration", "float", "s", lambda state: state.blink_mean_duration_s.value),
    _own("YawnCount", "uint16", None, lambda state: state.yawns.count_10_min),
    _own("HeadDropCount", "uint16", None, lambda state: state.head_drops.count_10_min),
    _own("AlertLevel", "string", None, _alert_word),
    _own("ImpairmentSuspicion", "float", "percent", _suspicion_percent),
)


def vss_values(state: StateMessage) -> dict[str, Value]:
    """What is known now, by path."""
    told = {signal.path: signal.told(state) for signal in (*STANDARD, *OVERLAY)}
    return {path: value for path, value in told.items() if value is not None}


class VssSpeaker:
    """Which signals to publish with this state: those that changed, and each again after a while.

    `base`: topic of the vehicle, such as `vigil/v1/car-7`. Silent unless switched on.
    """

    def __init__(self, settings: TelemetrySettings, base: str) -> None:
        self._enabled = settings.vss.enabled
        self._base = base
        self._refresh_interval_s = settings.vss.refresh_interval_s
        self._expiry_s = settings.state_expiry_s
        self._told: dict[str, tuple[Value, float]] = {}  # path -> value, when

    def step(self, t_s: float, state: StateMessage) -> tuple[Outgoing, ...]:
        """t_s: monotonic."""
        if not self._enabled:
            return ()
        values = vss_values(state)
        # What was unknown meanwhile is news when it is known again, even at the old value.
        self._told = {path: said for path, said in self._told.items() if path in values}
        news = {path: value for path, value in values.items() if self._is_news(t_s, path, value)}
        self._told.update((path, (value, t_s)) for path, value in news.items())
        return tuple(self._outgoing(path, value, state) for path, value in news.items())

    def _is_news(self, t_s: float, path: str, value: Value) -> bool:
        said = self._told.get(path)
        return said is None or said[0] != value or t_s - said[1] >= self._refresh_interval_s

    def _outgoing(self, path: str, value: Value, state: StateMessage) -> Outgoing:
        message = VssMessage(path=path, dp=VssDataPoint(value=_word(value), ts=state.time))
        topic = f"{self._base}/vss/{path.replace('.', '/')}"
        return Outgoing(topic, message.encoded(), qos=0, expiry_s=self._expiry_s)


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
