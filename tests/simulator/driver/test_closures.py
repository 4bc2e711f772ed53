"""Scripted closures are shut from the instant to the instant that their events tell, as long as the script says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent
from tests.simulator.driver.scenes import events, in_state, only, performed

SHUT = 1.0
TINY_S = 1e-4
MICROSLEEP = {"type": "microsleep", "from_s": 10.0, "duration_s": 1.4}
SLEEP = {"type": "sleep", "from_s": 10.0, "duration_s": 7.0}


def closure_at(behaviour: dict[str, Any], *times: float) -> list[float]:
    courses = performed(behaviour).courses(np.array(times))
    return np.minimum(courses.closure_left, courses.closure_right).tolist()


@pytest.mark.parametrize(
    ("behaviour", "kind"), [(MICROSLEEP, EventKind.MICROSLEEP), (SLEEP, EventKind.SLEEP)]
)
def test_lids_begin_to_fall_as_written_and_touch_for_as_long_as_written(
    behaviour: dict[str, Any], kind: EventKind
) -> None:
    event = only(performed(behaviour), kind)
    assert event.onset_s == behaviour["from_s"]
    assert event.full_s == pytest.approx(behaviour["duration_s"], abs=1e-9)
    before, first, last, after = closure_at(
        behaviour,
        event.full_from_s - 0.05,
        event.full_from_s,
        event.full_until_s,
        event.full_until_s + 0.05,
    )
    assert first == last == SHUT
    assert before < SHUT and after < SHUT
    begins, moved = closure_at(behaviour, event.onset_s, event.onset_s + 0.1)
    assert begins < 0.1 < moved + 0.08
    assert closure_at(behaviour, event.end_s)[0] < 0.1


def test_sleep_comes_slower_than_a_blink() -> None:
    event = only(performed(SLEEP), EventKind.SLEEP)
    (blink, *_) = events(performed(), EventKind.BLINK)
    assert event.full_from_s - event.onset_s > 2 * (blink.full_from_s - blink.onset_s)


@pytest.mark.parametrize(("depth", "duration_s"), [(1.0, 0.6), (0.5, 3.0)])
def test_long_blink_reaches_its_depth_within_its_time(depth: float, duration_s: float) -> None:
    written = {"type": "long_blink", "from_s": 10.0, "duration_s": duration_s, "depth": depth}
    performance = performed(written)
    kind = EventKind.HALF_BLINK if depth < 1 else EventKind.LONG_CLOSURE
    event = only(performance, kind)
    assert (event.onset_s, event.end_s) == (10.0, pytest.approx(10.0 + duration_s))
    assert closure_at(written, event.full_from_s, event.full_until_s) == pytest.approx([depth] * 2)


def test_head_sinks_by_the_angle_written_and_rises_when_the_eyes_open() -> None:
    drops, upright = performed({**SLEEP, "head_drop_deg": 25}), performed(SLEEP)
    event = only(drops, EventKind.SLEEP)
    times = np.array([event.onset_s, event.full_until_s, event.full_until_s + 0.6])
    change_rad = drops.courses(times).head_pitch_rad - upright.courses(times).head_pitch_rad
    assert np.degrees(change_rad) == pytest.approx([0, -25, 0], abs=1e-6)
    nod = only(drops, EventKind.NOD)
    assert nod.size == 25


def test_no_blink_is_told_while_lids_are_down_anyway() -> None:
    written = [{**MICROSLEEP, "from_s": 4.0 + 8.0 * place} for place in range(6)]
    performance = performed(*written)
    shut = events(performance, EventKind.MICROSLEEP)
    assert len(shut) == len(written)
    for blink in events(performance, EventKind.BLINK):
        assert all(blink.end_s <= one.onset_s or blink.onset_s >= one.end_s for one in shut)


def test_squinting_eyes_blink_on() -> None:
    squint = {"type": "squint", "from_s": 5.0, "duration_s": 50.0}
    assert len(events(performed(squint), EventKind.BLINK)) > 3


def test_drawn_closures_touch_when_their_events_say_and_are_named_by_how_long() -> None:
    performance = in_state(9, seed=3)
    drawn = [
        event
        for event in performance.events
        if event.kind in (EventKind.LONG_CLOSURE, EventKind.MICROSLEEP)
    ]
    assert len(drawn) > 50
    times = np.array(
        [instant for event in drawn for instant in (event.full_from_s, event.full_until_s)]
    )
    assert performance.courses(times).closure_left == pytest.approx(np.ones(len(times)))
    for event in drawn:
        assert (event.kind is EventKind.MICROSLEEP) == (1.0 <= event.full_s < 3.0)


def closures(performance_events: list[ScriptedEvent]) -> list[tuple[float, float]]:
    return [(event.onset_s, event.end_s) for event in performance_events]


def test_drawn_closures_never_run_into_each_other() -> None:
    lids = (EventKind.BLINK, EventKind.LONG_CLOSURE, EventKind.MICROSLEEP)
    spans = closures([event for event in in_state(9, seed=5).events if event.kind in lids])
    for (_, end_s), (onset_s, _) in pairwise(spans):
        assert onset_s > end_s
