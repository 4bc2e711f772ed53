"""What is remembered survives the way through JSON: the judge goes on as if nothing had been."""

from __future__ import annotations

import json
import math
from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.driver_state.closure import ClosureEstimator
from edge_app.driver_state.settings import DriverStateSettings, LidSettings
from edge_app.driver_state.usual_level import UsualLevel
from edge_app.judgement import DriverJudge
from edge_app.trace.snapshot import SnapshotError, as_text, capture, from_text, restored
from tests.trace.drives import SETTINGS, nap, wild_drive

JUDGED_BY = {"driver_state": SETTINGS.driver_state, "alerts": SETTINGS.alerts}


def new_judge() -> DriverJudge:
    return DriverJudge(SETTINGS.driver_state, SETTINGS.alerts)


def through_json(judge: DriverJudge) -> DriverJudge:
    text = as_text(capture(judge, JUDGED_BY))
    back = restored(from_text(text), JUDGED_BY, new_judge())
    assert isinstance(back, DriverJudge)
    return back


def holding(*things: Any) -> UsualLevel:
    """An object of the judging rooms with things in it that it would not have."""
    level = UsualLevel(1.0, 1.0)
    level.level = list(things)  # type: ignore[assignment]
    return level


@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), cut=st.floats(0.0, 1.0))
def test_a_judge_cut_anywhere_goes_on_as_without_the_cut(seed: int, cut: float) -> None:
    drive = wild_drive(seed, 25.0)
    at = round(cut * len(drive))
    judge = new_judge()
    for moment in drive[:at]:
        judge.step(moment)
    back = through_json(judge)
    for moment in drive[at:]:
        assert repr(back.step(moment)) == repr(judge.step(moment))
    assert as_text(capture(back, JUDGED_BY)) == as_text(capture(judge, JUDGED_BY))


def test_wild_drives_raise_alerts_of_several_kinds() -> None:
    """Else the test above would say little."""
    seen = set()
    for seed in range(10):
        judge = new_judge()
        for moment in wild_drive(seed):
            seen |= {event.type.value for event in judge.step(moment).policy.events}
    assert {"microsleep", "sleep", "off_road_glance", "degraded"} <= seen


def test_a_demand_held_in_two_places_is_one_object_afterwards() -> None:
    """The policy tells by identity whether a rule asks for something new."""
    judge = new_judge()
    drive = nap()
    sleeping = next(i for i, m in enumerate(drive) if m.signals.t_s > 23.5)
    for moment in drive[:sleeping]:
        judge.step(moment)
    slot = through_json(judge).policy._closed_eyes
    assert slot.demand is not None
    assert slot.demand is slot.rule._demand  # type: ignore[attr-defined]


def test_plain_tuples_are_told_by_what_they_hold_and_not_by_who_they_are() -> None:
    """A replay decodes each moment anew, where the vehicle held one object over many."""
    held = (1.0, ("x", np.float32(0.5)))
    same = (1.0, ("x", np.float32(0.5)))
    assert same is not held
    text = as_text(capture(holding(held, held), {}))
    assert text == as_text(capture(holding(held, same), {}))
    assert restored(from_text(text), {}, UsualLevel(1.0, 1.0)).level == [held, held]


def test_settings_are_looked_up_not_stored() -> None:
    text = as_text(capture(new_judge(), JUDGED_BY))
    assert "microsleep_s" not in text
    other = DriverStateSettings(forget_s=0.7)
    back = restored(from_text(text), {**JUDGED_BY, "driver_state": other}, new_judge())
    assert back.estimator._blinks._settings is other.blink


@pytest.mark.parametrize(
    "value",
    [
        math.inf,
        -math.inf,
        -0.0,
        0.1 + 0.2,
        5e-324,
        True,
        None,
        2**70,
        "ü",
        (1, (2.0, "x")),
        np.float32(0.1),
        np.int64(-3),
        np.bool_(True),
    ],
    ids=repr,
)
def test_a_value_comes_back_with_its_type_and_all_its_bits(value: object) -> None:
    stored = from_text(as_text(capture(holding(value), {})))
    (back,) = restored(stored, {}, UsualLevel(1.0, 1.0)).level
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_not_a_number_comes_back() -> None:
    stored = from_text(as_text(capture(holding(math.nan), {})))
    (back,) = restored(stored, {}, UsualLevel(1.0, 1.0)).level
    assert math.isnan(back)


def test_arrays_and_bounded_queues_come_back() -> None:
    array, queue = np.linspace(0, 1, 6).reshape(2, 3), deque([1, 2], maxlen=2)
    stored = from_text(as_text(capture(holding(array, queue), {})))
    array_back, queue_back = restored(stored, {}, UsualLevel(1.0, 1.0)).level
    assert array_back.dtype == array.dtype
    assert np.array_equal(array_back, array)
    queue_back.append(3)
    assert list(queue_back) == [2, 3]


def test_an_object_that_holds_itself_comes_back() -> None:
    level = holding()
    level.level.append(level)  # type: ignore[attr-defined]
    back = restored(from_text(as_text(capture(level, {}))), {}, UsualLevel(1.0, 1.0))
    assert back.level[0] is back


@pytest.mark.parametrize(
    "value", [{1, 2}, lambda: 1, object(), b"x", np.array(["a"]), open, UsualLevel], ids=repr
)
def test_what_is_not_known_is_refused_by_its_place(value: object) -> None:
    with pytest.raises(SnapshotError, match=r"UsualLevel\.level"):
        capture(holding(value), {})


def test_settings_from_elsewhere_are_refused() -> None:
    with pytest.raises(SnapshotError, match="not a part of the settings"):
        capture(ClosureEstimator(LidSettings()), JUDGED_BY)


def test_a_snapshot_of_objects_that_held_other_things_is_refused() -> None:
    stored = capture(new_judge(), JUDGED_BY)
    node = next(n for n in stored["nodes"] if n.get("object", "").endswith(":ValidFrameRate"))
    node["attributes"]["_of_a_later_version"] = 1
    with pytest.raises(SnapshotError, match=r"ValidFrameRate.*_of_a_later_version"):
        restored(stored, JUDGED_BY, new_judge())


HOSTILE: list[dict[str, Any]] = [
    {},
    {"root": {"node": 5}, "nodes": []},
    {"root": {"node": -1}, "nodes": [{"list": []}]},
    {"root": {"node": 0}, "nodes": [{"tuple": [{"node": 0}]}]},
    {"root": {"node": 0}, "nodes": [{"object": "os:system", "attributes": {}}]},
    {"root": {"node": 0}, "nodes": [{"object": "subprocess:Popen", "attributes": {}}]},
    {"root": {"node": 0}, "nodes": [{"object": "edge_app.judgement:Any", "attributes": {}}]},
    {"root": {"node": 0}, "nodes": [{"object": "edge_app.alerts.event:Level", "attributes": {}}]},
    {"root": {"enum": "edge_app.judgement:DriverJudge", "name": "x"}, "nodes": []},
    {"root": {"enum": "edge_app.alerts.event:Level", "name": "x"}, "nodes": []},
    {"root": {"scalar": {"dtype": "O", "shape": [], "base64": ""}}, "nodes": []},
    {"root": {"scalar": {"dtype": "<f8", "shape": [99999999999], "base64": ""}}, "nodes": []},
    {"root": {"node": 0}, "nodes": [{"settings": "alerts.__class__"}]},
    {"root": {"node": 0}, "nodes": [{"deque": [], "maxlen": -4}]},
    {"root": {"node": 0}, "nodes": [{"dict": [[{"node": 1}, 1]]}, {"list": []}]},
]


@pytest.mark.parametrize("stored", HOSTILE, ids=json.dumps)
def test_a_hostile_snapshot_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(SnapshotError):
        restored(stored, JUDGED_BY, new_judge())


def test_deep_nesting_is_refused() -> None:
    nodes = [{"list": [{"node": n + 1}]} for n in range(100_000)] + [{"list": []}]
    with pytest.raises(SnapshotError, match="deep"):
        restored({"root": {"node": 0}, "nodes": nodes}, JUDGED_BY, new_judge())
    with pytest.raises(SnapshotError):
        from_text("[" * 200_000)
