"""Rows of `signals.csv`: one cell a column, and a missing value always says why."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from edge_app.driver_state.signals import Signal, Signals, TemporalHead, Unavailable
from edge_app.driver_state.state import Impairment, VotedClasses, VotedHead
from edge_app.views.signal_rows import SUFFIX, columns, row
from tests.views.drivers import driver

_TOLD = ("eye_openness_right", "smile", "gaze_pitch_rad", "eye_aspect_ratio")
_NOT_ONE_NUMBER = {
    "t_s",
    "face_present",
    "no_face_reason",
    "expression",
    "temporal",
    "temporal_anew",
    "face_geometry",
    "blink_reading",
}


def cells(state, present=True, labels=()):
    return dict(zip(columns(labels), row(state, present, labels), strict=True))


@pytest.mark.parametrize(
    "state",
    [
        driver(),
        driver(eyes_missing=Unavailable.EYES_OCCLUDED),
        driver(absent=Unavailable.TOO_DARK),
        replace(driver(), closure=replace(driver().closure, both=Signal.of(math.nan))),
    ],
    ids=["seen", "eyes occluded", "no face", "not a number"],
)
def test_each_signal_is_a_value_or_a_reason_never_both(state):
    read = cells(state)
    signals = [name for name in read if name + SUFFIX in read]
    assert len(signals) >= 20
    for name in signals:
        reason = read[name + SUFFIX]
        if reason:
            assert read[name] == "" and Unavailable(reason)
        else:
            # No reasons for drowsiness is a value, too.
            assert read[name] != "" or name.endswith("_reasons")


def test_header_begins_with_time_and_face_and_names_each_column_once():
    names = columns()
    assert names[:2] == ["t_s", "face"]
    assert len(set(names)) == len(names)


def test_occluded_eyes_leave_no_zero_behind():
    read = cells(driver(eyes_missing=Unavailable.EYES_OCCLUDED))
    for name in ("closure_left", "closure_right", "closure", "eyes_closed_s", "lids", "perclos"):
        assert read[name] == ""
        assert read[name + SUFFIX] == "eyes_occluded"
    assert read["mouth_openness"] == 0.05


def with_blink_rate(rate, state=None):
    state = state or driver()
    return replace(state, blinks=replace(state.blinks, rate_per_min=rate))


def test_blinks_that_cannot_be_counted_are_missing_with_the_reason():
    read = cells(with_blink_rate(Signal.missing(Unavailable.LOW_FRAME_RATE)))
    assert (read["blink_count"], read["blink_count" + SUFFIX]) == ("", "low_frame_rate")


def test_blinks_are_counted_before_their_rate_is_known():
    read = cells(with_blink_rate(Signal.missing(Unavailable.NOT_CALIBRATED)))
    assert (read["blink_count"], read["blink_count" + SUFFIX]) == (3, "")


def test_eyes_without_a_reference_leave_no_count_of_blinks():
    shut_from_the_start = driver(eyes_missing=Unavailable.NOT_CALIBRATED)
    read = cells(with_blink_rate(Signal.missing(Unavailable.NOT_CALIBRATED), shut_from_the_start))
    assert (read["blink_count"], read["blink_count" + SUFFIX]) == ("", "not_calibrated")


def test_face_column_is_one_or_zero():
    assert cells(driver(), True)["face"] == 1
    assert cells(driver(absent=Unavailable.NO_FACE), False)["face"] == 0


def test_expression_has_a_column_only_where_perception_offers_classes():
    assert "expression" not in columns()
    state = replace(driver(), expression=VotedClasses((0.2, 0.8), 1))
    assert cells(state, labels=("neutral", "happy"))["expression"] == "happy"
    assert cells(driver(), labels=("neutral", "happy"))["expression" + SUFFIX] == "uncertain"


def test_suspicion_of_impairment_has_columns_only_where_asked_for():
    suspected = replace(driver(), impairment=Impairment(0.62, 0.7, ("head_sway",), None))
    assert not any("impairment" in name for name in columns())
    assert "head_sway" not in row(suspected, True)
    told = row(suspected, True, impairment=True)
    read = dict(zip(columns(impairment=True), told, strict=True))
    assert (read["impairment_suspicion"], read["impairment_reasons"]) == (0.62, "head_sway")


HEADS = (TemporalHead("drowsiness", ("alert", "drowsy"), "none", of_emotion=False),)
OF_DROWSINESS = (
    "experimental_drowsiness",
    *(f"experimental_drowsiness_{c}" for c in HEADS[0].classes),
)


def of_heads(state):
    cells = row(state, True, (), None, HEADS)
    return dict(zip(columns((), HEADS), cells, strict=True))


def test_heads_over_time_have_columns_only_where_perception_offers_them():
    assert not any("experimental" in name for name in columns(("neutral", "happy")))
    voted = VotedClasses((0.25, 0.75), 1)
    read = of_heads(replace(driver(), temporal=(VotedHead("drowsiness", voted),)))
    assert [read[name] for name in OF_DROWSINESS] == ["drowsy", 0.25, 0.75]
    assert {read[name + SUFFIX] for name in OF_DROWSINESS} == {""}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (driver(absent=Unavailable.NO_FACE), "no_face"),
        (driver(), "uncertain"),
        (
            replace(driver(), temporal=(VotedHead("drowsiness", VotedClasses((1.0,), 0)),)),
            "uncertain",
        ),
    ],
    ids=["no face", "nothing said", "of other classes"],
)
def test_head_over_time_that_says_nothing_says_why(state, reason):
    read = of_heads(state)
    assert {read[name] for name in OF_DROWSINESS} == {""}
    assert {read[name + SUFFIX] for name in OF_DROWSINESS} == {reason}


def test_what_perception_says_of_the_frame_has_columns_of_its_own():
    signals = replace(
        Signals.without_face(0.0, Unavailable.UNCERTAIN),
        face_present=True,
        no_face_reason=None,
        eye_openness_left=Signal.missing(Unavailable.EYES_OCCLUDED),
        eye_openness_right=Signal.of(0.75),
        smile=Signal.of(0.25),
        gaze_pitch_rad=Signal.of(-0.1),
        eye_aspect_ratio=Signal.of(0.31),
    )
    read = dict(zip(columns(), row(driver(), True, (), signals), strict=True))
    assert (read["eye_openness_left"], read["eye_openness_left" + SUFFIX]) == ("", "eyes_occluded")
    assert (read["gaze_yaw_rad"], read["gaze_yaw_rad" + SUFFIX]) == ("", "uncertain")
    assert [read[name] for name in _TOLD] == [0.75, 0.25, -0.1, 0.31]
    named = {field.name for field in fields(Signals)} - _NOT_ONE_NUMBER
    assert named <= set(columns())
    dark = dict(
        zip(
            columns(("neutral", "happy")),
            row(
                driver(absent=Unavailable.TOO_DARK),
                False,
                ("neutral", "happy"),
                Signals.without_face(0.0, Unavailable.TOO_DARK),
            ),
            strict=True,
        )
    )
    assert {dark[name + SUFFIX] for name in named} == {"too_dark"}
    assert list(dark)[-2:] == ["expression", "expression" + SUFFIX]


def test_floats_have_sane_digits():
    read = cells(driver(1 / 3, closure=1 / 3, yaw_rad=-1e-9))
    assert (read["t_s"], read["closure"]) == (0.3333, 0.333)
    assert math.copysign(1, read["head_yaw_rad"]) == 1
