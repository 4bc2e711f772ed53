"""What a trace file opens with comes back from its records, also from those of an older program."""

from __future__ import annotations

import json
from dataclasses import replace

from edge_app.driver_state.signals import TemporalHead
from edge_app.trace.machine import this_machine
from edge_app.trace.opening import Opening, Origin, opening_of

HEADS = (
    TemporalHead("drowsiness", ("alert", "drowsy"), "none", of_emotion=False),
    TemporalHead("expression_over_time", ("calm", "glad"), "none", of_emotion=True),
)
ORIGIN = Origin("run", this_machine(), "paint/1", (), {}, temporal_heads=HEADS)
OPENING = Opening(ORIGIN, 0, 0, 0, "2026-03-01T12:00:00+00:00", True)


def test_heads_over_time_come_back_with_whether_they_are_of_emotion() -> None:
    assert opening_of(OPENING.records(), "here").origin.temporal_heads == HEADS


def test_opening_from_before_there_were_heads_over_time_can_be_read() -> None:
    records = OPENING.records()
    del records["vigil.trace"]["temporal_heads"]
    assert opening_of(records, "here") == replace(
        OPENING, origin=replace(ORIGIN, temporal_heads=())
    )


def test_head_of_which_nobody_said_whether_it_is_of_emotion_can_be_read() -> None:
    records = OPENING.records()
    told = json.loads(records["vigil.trace"]["temporal_heads"])
    for head in told:
        del head["of_emotion"]
    records["vigil.trace"]["temporal_heads"] = json.dumps(told)
    names = [head.name for head in opening_of(records, "here").origin.temporal_heads]
    assert names == [head.name for head in HEADS]
