"""Takes the pictures of an alert: just before it, at it, just after it. The loop calls it with every step.

While stills are on it holds a few shrunk pictures of the last two seconds in memory, and none while parked. Nothing is
encoded, sealed or written here.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from edge_app.alerts.event import Event, EventType
from edge_app.camera.frame import Frame
from edge_app.face.box import Box
from edge_app.monitor import MonitorStep
from edge_app.stills.picture import Picture, shrunk
from edge_app.stills.settings import EventStillsSettings

NAMED_AS = "still"  # the key among an event's values
_EVERY_S = 0.5
_HELD = 4
_HELD_S = 2.5
_AFTER_S = 1.0
_AFTER_AT_MOST_S = 3.0
_BOX_HOLDS_S = 3.0  # a head that drops is lost by the tracker just when it matters
_MOST_PENDING = 4
# What the driver does. Not what the unit says of itself, not observations, not how an alert ends.
_PICTURED = {
    EventType.MICROSLEEP,
    EventType.SLEEP,
    EventType.UNRESPONSIVE,
    EventType.DROWSINESS,
    EventType.OFF_ROAD_GLANCE,
    EventType.OFF_ROAD_SHARE,
    EventType.IMPAIRMENT,
}


@dataclass(slots=True)
class TakenStill:
    """Pictures of one alert, in order of time. name: 32 hexadecimal digits drawn by lot."""

    name: str
    event: Event
    pictures: list[Picture] = field(default_factory=list)


class StillTaker:
    """Used from the loop's thread."""

    def __init__(
        self,
        settings: EventStillsSettings,
        may_show: Callable[[Event], bool],
        keep: Callable[[TakenStill], None],
    ) -> None:
        """may_show: whether the event leaves the vehicle at all. keep: must not wait."""
        self._settings = settings
        self._may_show = may_show
        self._keep = keep
        self._before: deque[Picture] = deque(maxlen=_HELD)
        self._pending: list[TakenStill] = []
        self._box: Box | None = None
        self._boxed_s = 0.0
        self._last_s: float | None = None

    def step(self, frame: Frame | None, step: MonitorStep) -> tuple[Event, ...]:
        """The step's events, each with the name of its still where it gets one. frame: None where none came."""
        t_s = step.state.t_s
        if self._last_s is not None and t_s < self._last_s:
            self.finish()
        self._last_s = t_s
        if step.policy.parked:
            self.finish()
            return tuple(step.policy.events)
        if step.observation is not None:
            self._box, self._boxed_s = step.observation.box, t_s
        while self._before and t_s - self._before[0].t_s > _HELD_S:
            self._before.popleft()
        now: Picture | None = None
        if frame is not None and self._wanted(t_s, step.policy.events):
            now = self._taken(frame)
        events = tuple(self._named(event, now) for event in step.policy.events)
        if now is not None and self._ring_due(t_s):
            self._before.append(now)
        self._complete(t_s, now)
        return events

    def finish(self) -> None:
        """Hand over what is under way and forget every picture."""
        for still in self._pending:
            self._keep(still)
        self._pending.clear()
        self._before.clear()
        self._box = None
        self._last_s = None

    def _wanted(self, t_s: float, events: Iterable[Event]) -> bool:
        after_due = any(t_s >= still.event.t_s + _AFTER_S for still in self._pending)
        return after_due or self._ring_due(t_s) or any(self._gets_one(event) for event in events)

    def _ring_due(self, t_s: float) -> bool:
        if self._settings.per_event < 2:
            return False
        return not self._before or t_s - self._before[-1].t_s >= _EVERY_S

    def _gets_one(self, event: Event) -> bool:
        return (
            event.type in _PICTURED
            and event.level is not None
            and event.level.word in self._settings.levels
            and self._may_show(event)
        )

    def _taken(self, frame: Frame) -> Picture | None:
        """None without a driver's face to be shown: the rest is obscured anyway."""
        if self._box is None or frame.t_s - self._boxed_s > _BOX_HOLDS_S:
            return None
        return shrunk(frame, self._box, self._settings.width_px)

    def _named(self, event: Event, now: Picture | None) -> Event:
        if now is None or len(self._pending) >= _MOST_PENDING or not self._gets_one(event):
            return event
        still = TakenStill(secrets.token_hex(16), event, [*list(self._before)[:1], now])
        if self._settings.per_event < 3:
            self._keep(still)
        else:
            self._pending.append(still)
        return replace(event, values={**event.values, NAMED_AS: still.name})

    def _complete(self, t_s: float, now: Picture | None) -> None:
        for still in list(self._pending):
            since_s = t_s - still.event.t_s
            if now is not None and since_s >= _AFTER_S:
                still.pictures.append(now)
            elif since_s < _AFTER_AT_MOST_S:
                continue
            self._pending.remove(still)
            self._keep(still)
