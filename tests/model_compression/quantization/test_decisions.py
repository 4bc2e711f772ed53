"""Decisions of two models are compared only where the float one is sure."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from edge_app.driver_state.signals import Signal, Signals, Unavailable
from model_compression.quantization.check import Check
from model_compression.quantization.decisions import (
    DECISIONS,
    decision_checks,
    eyes_closed,
    head_off_road,
    mouth_open,
)
from tests.driver_state.traces import Driver, always

AWAKE = Driver().signals(0.0)
ASLEEP = Driver(closure=always(1.0)).signals(0.0)
# Openness at which the eyes of a driver not yet known count as closed.
CLOSED_AT = 0.85 - 0.8 * (0.85 - 0.20)


def with_openness(value: float, std: float) -> Signals:
    signal = Signal.of(value, std)
    return replace(AWAKE, eye_openness_left=signal, eye_openness_right=signal)


def by_figure(checks: list[Check], head: str) -> dict[str, Check]:
    return {c.figure.split(",")[0]: c for c in checks if c.head == head}


def test_shut_eyes_are_closed_and_open_ones_are_not() -> None:
    shut, awake = eyes_closed(ASLEEP), eyes_closed(AWAKE)
    assert shut is not None and shut.yes
    assert awake is not None and not awake.yes


def test_margin_is_in_stated_deviations() -> None:
    judged = eyes_closed(with_openness(CLOSED_AT + 0.1, 0.05))
    assert judged is not None
    assert judged.margin == pytest.approx(2.0)


def test_wide_mouth_and_turned_head_are_decided_by_the_settings() -> None:
    for mouth, yes in ((0.55, False), (0.65, True)):
        judged = mouth_open(replace(AWAKE, mouth_openness=Signal.of(mouth, 0.01)))
        assert judged is not None and judged.yes is yes
    for yaw_deg, pitch_deg, yes in ((28, 0, False), (-32, 0, True), (0, -22, True), (0, 30, False)):
        signals = replace(
            AWAKE,
            head_yaw_rad=Signal.of(math.radians(yaw_deg), 0.01),
            head_pitch_rad=Signal.of(math.radians(pitch_deg), 0.01),
        )
        judged = head_off_road(signals)
        assert judged is not None and judged.yes is yes


def test_unequal_decisions_count_where_float_is_sure() -> None:
    ours = [with_openness(0.9, 0.05)] * 9 + [with_openness(CLOSED_AT + 0.01, 0.05)]
    theirs = [with_openness(0.9, 0.05)] * 8 + [with_openness(0.0, 0.05)] * 2
    checks = by_figure(list(decision_checks(ours, theirs)), "eyes closed")
    equal, sure = (
        checks["share of sure decisions that are equal"],
        checks["share of frames in which float is sure"],
    )
    assert equal.value == pytest.approx(100 * 8 / 9) and not equal.passed
    assert sure.value == pytest.approx(90.0) and not sure.passed


def test_candidate_that_cannot_tell_where_float_can_has_not_decided_the_same() -> None:
    blind = replace(AWAKE, mouth_openness=Signal.missing(Unavailable.UNCERTAIN))
    checks = by_figure(list(decision_checks([AWAKE], [blind])), "mouth open")
    assert not checks["share of sure decisions that are equal"].passed


def test_equal_streams_pass_every_decision() -> None:
    checks = list(decision_checks([AWAKE, ASLEEP], [AWAKE, ASLEEP]))
    assert len(checks) == 2 * len(DECISIONS)
    assert all(check.passed for check in checks)


def test_value_that_is_no_number_decides_nothing() -> None:
    odd = Signal.of(math.nan, 0.05)
    blind = replace(AWAKE, eye_openness_left=odd, eye_openness_right=odd)
    assert eyes_closed(blind) is None
    checks = by_figure(list(decision_checks([blind], [blind])), "eyes closed")
    assert not any(check.passed for check in checks.values())


def test_nothing_decided_is_no_pass() -> None:
    blind = Signals.without_face(0.0, Unavailable.NO_FACE)
    assert not any(check.passed for check in decision_checks([blind], [blind]))
