"""What other settings would have changed: the alerts of two replays side by side, in the words of a fleet engineer."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge_app.alerts.event import Event, EventType, Level

_SAME_ALERT_WITHIN_S = 15.0  # farther apart they are not the same alert at another time
_MOVED_S = 0.0005  # less is not told
_OF_NO_NOTE = (EventType.ALERT_ENDED, EventType.ALERT_ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Change:
    """One alert or observation, before and after; one of the two is None where it would not have been."""

    before: Event | None
    after: Event | None

    @property
    def event(self) -> Event:
        event = self.before or self.after
        assert event is not None
        return event

    @property
    def later_s(self) -> float:
        """How much later it would have come; negative: earlier; 0 where there is nothing to compare."""
        if self.before is None or self.after is None:
            return 0.0
        return self.after.t_s - self.before.t_s

    @property
    def is_change(self) -> bool:
        if self.before is None or self.after is None:
            return True
        return abs(self.later_s) > _MOVED_S or self.before.level != self.after.level

    def words(self, start_s: float) -> str:
        """`start_s`: the frame time from which the reader counts."""
        name = _name(self.event)
        at = f"at {self.event.t_s - start_s:.1f} s"
        if self.after is None:
            return f"{name} {at} would not have come"
        if self.before is None:
            return f"{name} {at} would have come in addition"
        parts = []
        if abs(self.later_s) > _MOVED_S:
            parts.append(
                f"{_seconds(abs(self.later_s))} {'later' if self.later_s > 0 else 'earlier'}"
            )
        if self.before.level != self.after.level and self.after.level is not None:
            parts.append(f"as {_with_article(self.after.level.word)}")
        return f"{name} {at} would have come {' and '.join(parts) or 'unchanged'}"


def compare(before: Sequence[Event], after: Sequence[Event]) -> list[Change]:
    """Events that the driver or the fleet is told of, paired by kind and nearness in time; in order of time."""
    changes: list[Change] = []
    kinds = dict.fromkeys(
        event.type for event in (*before, *after) if event.type not in _OF_NO_NOTE
    )
    for kind in kinds:
        changes += _paired(
            [event for event in before if event.type is kind],
            [event for event in after if event.type is kind],
        )
    return sorted(changes, key=lambda change: change.event.t_s)


def summary(changes: Sequence[Change]) -> str:
    """The whole in one line."""
    parts = [*_counts(changes)]
    for word, moved_s in (
        ("earlier", [-c.later_s for c in changes if c.later_s < -_MOVED_S]),
        ("later", [c.later_s for c in changes if c.later_s > _MOVED_S]),
    ):
        if len(moved_s) == 1:
            parts.append(f"1 would have come {_seconds(moved_s[0])} {word}")
        elif moved_s:
            typical_s = statistics.median(moved_s)
            parts.append(
                f"{len(moved_s)} would have come {word}, {_seconds(typical_s)} in the median"
            )
    return "; ".join(parts) or "nothing would have been different"


def _paired(before: list[Event], after: list[Event]) -> Iterator[Change]:
    """The nearest pairs first, each event once."""
    nearness = sorted(
        (abs(b.t_s - a.t_s), i, j)
        for i, b in enumerate(before)
        for j, a in enumerate(after)
        if abs(b.t_s - a.t_s) <= _SAME_ALERT_WITHIN_S
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in nearness:
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    for i, event in enumerate(before):
        yield Change(event, after[partner[i]] if i in partner else None)
    yield from (Change(None, event) for j, event in enumerate(after) if j not in taken)


def _counts(changes: Sequence[Change]) -> Iterator[str]:
    before = Counter(c.before.level for c in changes if c.before is not None)
    after = Counter(c.after.level for c in changes if c.after is not None)
    for level in (*sorted(Level, reverse=True), None):
        more = after[level] - before[level]
        if more:
            word = _COUNTED[level][min(abs(more), 2) - 1]
            yield f"{abs(more)} {word} {'more' if more > 0 else 'fewer'}"


_COUNTED = {  # one, several
    None: ("yawn", "yawns"),
    Level.NOTICE: ("notice", "notices"),
    Level.ADVICE: ("advice", "advices"),
    Level.WARNING: ("warning", "warnings"),
    Level.ALARM: ("alarm", "alarms"),
    Level.UNRESPONSIVE: ("alert for no response", "alerts for no response"),
}


def _name(event: Event) -> str:
    kind = event.type.value.replace("_", " ")
    if event.level is None or event.level.word == kind:
        return kind
    return f"{kind} {event.level.word}"


def _with_article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.1f} s" if duration_s >= 0.1 else f"{duration_s:.3f} s"
