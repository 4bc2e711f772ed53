"""What happened in a drive, as the estimators tell it: the list that two models of one bundle must agree on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_app.driver_state.state import ClosureKind, DriverState


@dataclass(frozen=True, slots=True)
class Event:
    """`kind`: blink, long_closure, microsleep, sleep, yawn, off_road, on_road."""

    kind: str
    t_s: float  # frame time at which it was told


def events_of(states: Iterable[DriverState]) -> list[Event]:
    """In order of time."""
    events: list[Event] = []
    closure, off_road = ClosureKind.NONE, False
    for state in states:
        kind = state.lid_episode.kind
        named = kind not in (ClosureKind.NONE, ClosureKind.BLINK)
        if named and kind is not closure:
            events.append(Event(kind.value, state.t_s))
        closure = kind
        if state.blinks.completed is not None:
            events.append(Event("blink", state.t_s))
        if state.yawn.completed is not None:
            events.append(Event("yawn", state.t_s))
        if state.glance.off_road is not None and state.glance.off_road != off_road:
            off_road = state.glance.off_road
            events.append(Event("off_road" if off_road else "on_road", state.t_s))
    return events


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An event that only one of two streams has within the tolerance."""

    event: Event
    only_in: str


def disagreements(
    ours: Sequence[Event],
    theirs: Sequence[Event],
    *,
    within_s: float,
    names: tuple[str, str] = ("reference", "candidate"),
) -> list[Disagreement]:
    """Events are paired by kind in their order; what finds no partner within `within_s` is told."""
    found: list[Disagreement] = []
    by_kind: tuple[defaultdict[str, list[Event]], ...] = (defaultdict(list), defaultdict(list))
    for events, kept in zip((ours, theirs), by_kind, strict=True):
        for event in events:
            kept[event.kind].append(event)
    for kind in sorted({*by_kind[0], *by_kind[1]}):
        mine, other = by_kind[0][kind], by_kind[1][kind]
        i = j = 0
        while i < len(mine) or j < len(other):
            if j == len(other) or (i < len(mine) and mine[i].t_s < other[j].t_s - within_s):
                found.append(Disagreement(mine[i], names[0]))
                i += 1
            elif i == len(mine) or other[j].t_s < mine[i].t_s - within_s:
                found.append(Disagreement(other[j], names[1]))
                j += 1
            else:
                i, j = i + 1, j + 1
    return sorted(found, key=lambda d: d.event.t_s)
