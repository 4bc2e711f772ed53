"""From the list of events to spans of time: when each alert began, how long it held, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.alerts.event import Event, EventType, Level
from edge_app.views import legend

_NAMES = frozenset(kind.value for kind in EventType)
_SHOWN_AS_TIME = ("duration_s", "end_s")
# One alert that escalates under three names; its end names only the last.
_CLOSED_EYES = frozenset({EventType.MICROSLEEP, EventType.SLEEP, EventType.UNRESPONSIVE})
_CLOSING = (EventType.ALERT_ENDED, EventType.ALERT_ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Span:
    """One alert or observation, as the report shows it."""

    type: str
    level: Level | None
    start_s: float  # when what it tells of began
    raised_s: float
    end_s: float
    ended: bool  # False: it still held when the clip ended
    acknowledged_s: float | None
    why: str
    event: Event

    @property
    def duration_s(self) -> float:
        return max(0.0, self.end_s - self.start_s)


def alert_spans(events: Sequence[Event], clip_end_s: float) -> list[Span]:
    """One span an event, in order of time. `alert_ended` and `alert_acknowledged` close or mark earlier ones."""
    ordered = sorted(events, key=lambda event: event.t_s)
    return [
        _span(event, ordered[at + 1 :], clip_end_s)
        for at, event in enumerate(ordered)
        if event.type not in _CLOSING
    ]


def _span(event: Event, later: Sequence[Event], clip_end_s: float) -> Span:
    acknowledged_s: float | None = None
    end_s, ended = _told_end_s(event), True
    if event.level is not None:
        end_s, ended = max(clip_end_s, event.t_s), False
        for following in later:
            if not _concerns(following, event.type):
                continue
            if following.type is EventType.ALERT_ACKNOWLEDGED:
                acknowledged_s = acknowledged_s or following.t_s
                continue
            end_s, ended = following.t_s, True
            break
    told = {key: value for key, value in event.values.items() if key not in _SHOWN_AS_TIME}
    why = legend.why(told)
    return Span(
        event.type.value,
        event.level,
        event.onset_s,
        event.t_s,
        end_s,
        ended,
        acknowledged_s,
        why,
        event,
    )


def _told_end_s(event: Event) -> float:
    """When an observation ended; it is often decided a moment later."""
    end_s = event.values.get("end_s")
    return end_s if isinstance(end_s, float) else event.t_s


def _concerns(following: Event, kind: EventType) -> bool:
    """Whether a later event ends, takes over or acknowledges an alert of this kind.

    A closing event names its alert in one of its values; one that names none concerns whatever is open.
    """
    if following.type not in _CLOSING:
        return following.level is not None and following.type in _ladder(kind)
    named = {value for value in following.values.values() if isinstance(value, str)} & _NAMES
    return not named or not named.isdisjoint(step.value for step in _ladder(kind))


def _ladder(kind: EventType) -> frozenset[EventType]:
    return _CLOSED_EYES if kind in _CLOSED_EYES else frozenset({kind})
