"""The script behind the demo's clip: what the driver does in it, when, and what has to be told of that by when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent
from driver_simulator.scenario.load import load_scenario
from edge_app.alerts.event import Event, EventType, Level
from edge_app.settings import VigilSettings

_SETTLED_S = 0.15  # lids and head are at rest again so long after a movement
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Told:
    """One event that has to come, no sooner and no later."""

    what: str  # in the words of `words_of`
    onset_s: Span
    t_s: Span


@cache
def demo_performance() -> Performance:
    return Performance(load_scenario("demo_drive"))


def scripted(kind: EventKind) -> ScriptedEvent:
    """The only one of its kind in the script."""
    (event,) = [one for one in demo_performance().events if one.scripted and one.kind is kind]
    return event


def quiet_spans(from_s: float, until_s: float) -> list[Span]:
    """Between `from_s` and `until_s`: eyes open and ahead, no blink, glance or grimace."""
    spans, rests_from_s = [], from_s
    for event in demo_performance().events:
        if from_s <= event.onset_s < until_s:
            spans.append((rests_from_s, event.onset_s - _SETTLED_S))
            rests_from_s = max(rests_from_s, event.end_s + _SETTLED_S)
    return [span for span in [*spans, (rests_from_s, until_s)] if span[1] - span[0] > _SETTLED_S]


def demo_story(settings: VigilSettings) -> list[Told]:
    """All that is told of the clip, in order, as script and settings have it."""
    lids, alerts = settings.driver_state.lids, settings.alerts
    yawn, phone = scripted(EventKind.YAWN), scripted(EventKind.PHONE)
    # A thing is seen in the next frame, and has lasted in the one after its time; lids take a vote besides.
    see_s = 2 / demo_performance().scenario.camera.frame_rate_hz
    see_lids_s = see_s + lids.vote_s * (1 - lids.vote_share)

    def closed(eyes: ScriptedEvent) -> tuple[Span, Span, Span]:
        """When the lids come down, and when that has been a microsleep and a sleep."""
        onset_s = (eyes.onset_s, eyes.full_from_s + see_lids_s)
        return onset_s, _later(onset_s, lids.microsleep_s), _later(onset_s, lids.sleep_s)

    def over(deed: ScriptedEvent, back_s: float) -> Span:
        """When it has been over for `back_s`: blinks put that off by their length."""
        until_s = deed.end_s + back_s + see_lids_s
        blinks_s = [
            one.end_s - one.onset_s
            for one in demo_performance().events
            if one.kind is EventKind.BLINK and deed.end_s <= one.onset_s < until_s
        ]
        return deed.full_until_s + back_s, until_s + sum(blinks_s)

    nod, sleep = scripted(EventKind.MICROSLEEP), scripted(EventKind.SLEEP)
    nods_s, nodded_s, _ = closed(nod)
    sleeps_s, warned_s, alarmed_s = closed(sleep)
    awake_s = alerts.closed_eyes.open_again_s
    looks_away_s = (phone.onset_s, phone.full_from_s + see_s)
    glanced_s = _later(looks_away_s, alerts.distraction.glance_fast_s)
    yawned_s = (yawn.full_until_s, yawn.end_s + see_s)
    return [
        Told("yawn", (yawn.onset_s, yawn.full_from_s), yawned_s),
        Told("microsleep warning", nods_s, nodded_s),
        Told("drowsiness advice", nodded_s, nodded_s),
        Told("microsleep warning ended", nodded_s, over(nod, awake_s)),
        Told("microsleep warning", sleeps_s, warned_s),
        Told("drowsiness warning", warned_s, warned_s),
        Told("sleep alarm", sleeps_s, alarmed_s),
        # One alert that has risen: it began with the warning.
        Told("sleep alarm ended", warned_s, over(sleep, awake_s)),
        Told("off_road_glance warning", looks_away_s, glanced_s),
        Told("off_road_glance warning ended", glanced_s, over(phone, alerts.distraction.back_s)),
    ]


def differences(story: Iterable[Told], events: Iterable[Event]) -> list[str]:
    """Where `events` are not those of `story`, in words."""
    expected, found = list(story), list(events)
    wanted, told = [one.what for one in expected], [words_of(event) for event in found]
    if wanted != told:
        return [f"expected {wanted}", f"told {told}"]
    return [
        f"{one.what}: {name} {at_s:.2f} s, expected {first_s:.2f} to {last_s:.2f} s"
        for one, event in zip(expected, found, strict=True)
        for name, at_s, (first_s, last_s) in (
            ("onset", event.onset_s, one.onset_s),
            ("told at", event.t_s, one.t_s),
        )
        if not first_s <= at_s <= last_s
    ]


def words_of(event: Event) -> str:
    if event.type is EventType.ALERT_ENDED:
        return f"{event.values['alert']} {event.values['level']} ended"
    return event.type.value if event.level is None else f"{event.type.value} {event.level.word}"


def events_in(lines: Iterable[dict[str, Any]]) -> Iterator[Event]:
    """Of the entries of an `events.jsonl`."""
    for line in lines:
        level = None if line["level"] is None else Level[line["level"].upper()]
        yield Event(EventType(line["type"]), line["t_s"], line["onset_s"], level, line["values"])


def _later(span: Span, by_s: float) -> Span:
    return span[0] + by_s, span[1] + by_s
