"""Events of a drive, and which of two lists agree."""

from __future__ import annotations

from model_compression.quantization.events import Event, disagreements, events_of
from tests.driver_state.traces import Driver, during, line, watch

FRAME_S = 1 / 30


def test_closures_blinks_yawns_and_glances_are_told() -> None:
    closure = during(1.0, (8.0, 8.2), (12.0, 14.5), (20.0, 24.0))
    mouth = line((30, 0.05), (30.5, 0.9), (33, 0.9), (33.5, 0.05))
    yaw = during(45.0, (40.0, 43.0))
    states = watch(Driver(closure=closure, mouth=mouth, yaw_deg=yaw), 50.0)
    kinds = [event.kind for event in events_of(states)]
    assert kinds.count("microsleep") == 2
    assert kinds.count("sleep") == 1
    assert kinds.count("blink") == 1
    assert kinds.count("yawn") == 1
    assert "off_road" in kinds and "on_road" in kinds


def test_one_event_a_closure_and_stage() -> None:
    states = watch(Driver(closure=during(1.0, (10.0, 11.6))), 20.0)
    closures = [e.kind for e in events_of(states) if e.kind in ("long_closure", "microsleep")]
    assert closures == ["long_closure", "microsleep"]


def test_same_events_a_frame_apart_agree() -> None:
    ours = [Event("blink", 1.0), Event("yawn", 2.0), Event("blink", 3.0)]
    theirs = [Event(e.kind, e.t_s + FRAME_S) for e in ours]
    assert disagreements(ours, theirs, within_s=FRAME_S + 1e-3) == []


def test_event_too_late_missing_or_of_another_kind_is_told() -> None:
    ours = [Event("blink", 1.0), Event("blink", 3.0), Event("yawn", 5.0)]
    theirs = [Event("blink", 1.1), Event("microsleep", 5.0), Event("yawn", 5.0)]
    found = disagreements(ours, theirs, within_s=FRAME_S + 1e-3)
    assert [(d.event.kind, d.event.t_s, d.only_in) for d in found] == [
        ("blink", 1.0, "reference"),
        ("blink", 1.1, "candidate"),
        ("blink", 3.0, "reference"),
        ("microsleep", 5.0, "candidate"),
    ]


def test_one_missing_event_does_not_shift_those_behind_it() -> None:
    ours = [Event("blink", float(t)) for t in range(10)]
    theirs = [event for event in ours if event.t_s != 4.0]
    found = disagreements(ours, theirs, within_s=FRAME_S)
    assert [d.event.t_s for d in found] == [4.0]
