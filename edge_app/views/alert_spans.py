"""From the list of events to spans of time: when each alert began, how long it held, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.alerts.event import Event, EventType, Level
from edge_app.views import legend

_NAMES = frozenset(kind.value for kind in EventType)
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
    end_s, ended = event.t_s, True
    if event.level is not None:
        end_s, ended = max(clip_end_s, event.t_s), False
        for closing in later:
            if closing.type not in _CLOSING or not _speaks_of(closing, event.type):
                continue
            if closing.type is EventType.ALERT_ACKNOWLEDGED:
                acknowledged_s = acknowledged_s or closing.t_s
                continue
            end_s, ended = closing.t_s, True
            break
    why = ", ".join(legend.spelled(key, value) for key, value in event.values.items())
    return Span(
        event.type.value, event.level, event.onset_s, event.t_s, end_s, ended, acknowledged_s, why
    )


def _speaks_of(closing: Event, kind: EventType) -> bool:
    """A closing event names its alert in one of its values; one that names none closes whatever is open."""
    named = {value for value in closing.values.values() if isinstance(value, str)} & _NAMES
    return not named or kind.value in named
