"""What a sign is worth: it adds up, never takes away, and nothing but what was seen of the driver raises an alert."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.drowsiness_fusion import Evidence, fuse, level_of, probability_of
from edge_app.driver_state.drowsiness_prior import prior_parts
from edge_app.driver_state.settings import DriverStateSettings

SETTINGS = DriverStateSettings().drowsiness
ADVICE = AlertSettings().drowsiness.advice_level
WARNING = AlertSettings().drowsiness.warning_level

shares = st.floats(0.0, 1.0)
drives = st.builds(
    Driving,
    driven_s=st.none() | st.floats(0.0, 1e6),
    time_of_day_h=st.none() | st.floats(0.0, 24.0),
)
evidence = st.builds(
    Evidence,
    perclos=st.none() | shares,
    blink_mean_s=st.none() | st.floats(0.05, 1.0),
    blinks=st.integers(0, 60),
    own_blink_deviations=st.none() | st.floats(-3.0, 3.0),
    yawns=st.integers(0, 8),
    head_drops=st.integers(0, 6),
    microsleeps=st.integers(0, 4),
    slept=st.booleans(),
    blink_head_level=st.none() | st.floats(0.0, 10.0),
    blink_head_blinks=st.integers(0, 30),
    driving=drives,
)


def told(of: Evidence) -> tuple[float, float]:
    fused = fuse(of, SETTINGS)
    return level_of(fused.summed, fused.floor), probability_of(fused.summed, fused.floor)


@given(of=evidence, more=st.floats(0.0, 1.0))
@pytest.mark.parametrize(
    "sign",
    [
        "perclos",
        "blink_mean_s",
        "own_blink_deviations",
        "yawns",
        "head_drops",
        "microsleeps",
        "slept",
        "blink_head_level",
        "blink_head_blinks",
    ],
)
def test_more_of_one_sign_never_gives_a_lower_level(sign: str, of: Evidence, more: float) -> None:
    value = getattr(of, sign)
    if value is None:
        return
    grown = (
        True if sign == "slept" else value + (math.ceil(more) if isinstance(value, int) else more)
    )
    level, probability = told(of)
    grown_level, grown_probability = told(replace(of, **{sign: grown}))
    assert grown_level >= level - 1e-9
    assert grown_probability >= probability - 1e-9
    assert 1.0 <= level <= 9.0 and 0.0 <= probability <= 1.0


@given(level=st.floats(0.0, 10.0), driving=drives)
def test_blink_head_and_drive_alone_raise_no_alert(level: float, driving: Driving) -> None:
    alone = Evidence(blink_head_level=level, blink_head_blinks=30, driving=driving)
    assert told(alone)[0] < ADVICE - 1.0


@given(of=evidence)
def test_blink_head_keeps_no_alert_from_being_raised(of: Evidence) -> None:
    assert told(of)[0] >= told(replace(of, blink_head_level=None))[0]


def test_blink_head_is_worth_no_more_than_its_bound_whatever_it_says() -> None:
    seen = Evidence(perclos=0.1)
    wild = replace(seen, blink_head_level=1e9, blink_head_blinks=10**6)
    assert told(wild)[0] - told(seen)[0] == pytest.approx(SETTINGS.blink_head_most)
    broken = replace(seen, blink_head_level=math.nan, blink_head_blinks=30)
    assert told(broken) == told(seen)


def test_one_level_is_one_unit_of_log_odds() -> None:
    def log_odds(of: Evidence) -> float:
        probability = told(of)[1]
        return math.log(probability / (1 - probability))

    alert, yawned = Evidence(), Evidence(yawns=2)
    assert told(yawned)[0] - told(alert)[0] == pytest.approx(log_odds(yawned) - log_odds(alert))
    assert told(alert)[1] < 0.02
    slept = Evidence(slept=True)
    assert told(slept)[1] > 0.8


def test_head_drops_alone_advise_and_go_on_to_warn() -> None:
    assert told(Evidence(head_drops=1))[0] < ADVICE
    assert ADVICE <= told(Evidence(head_drops=2))[0] < WARNING
    assert told(Evidence(head_drops=3))[0] >= WARNING


@pytest.mark.parametrize(
    ("night_h", "day_h"), [(4.0, 10.0), (2.0, 0.0), (6.0, 20.0), (15.0, 12.0), (3.9, 15.0)]
)
def test_hours_at_which_people_are_sleepy_add_more(night_h: float, day_h: float) -> None:
    def at(time_of_day_h: float) -> float:
        return told(Evidence(driving=Driving(time_of_day_h=time_of_day_h)))[0]

    assert at(night_h) > at(day_h)


def test_midnight_is_no_edge() -> None:
    before, after = (
        sum(levels for _, levels in prior_parts(Driving(time_of_day_h=hour), 1.0))
        for hour in (23.99, 0.01)
    )
    assert before == pytest.approx(after, abs=0.01)


def test_hours_at_the_wheel_add_up_to_half_a_level() -> None:
    added = [
        told(Evidence(driving=Driving(driven_s=hours * 3600.0)))[0] - SETTINGS.alert_level
        for hours in (0.0, 1.0, 2.5, 4.0, 12.0)
    ]
    assert added == pytest.approx([0.0, 0.0, 0.25, 0.5, 0.5])


@given(driving=drives, most=st.floats(0.0, 1.0))
def test_drive_adds_no_more_than_its_bound(driving: Driving, most: float) -> None:
    total = sum(levels for _, levels in prior_parts(driving, most))
    assert 0.0 <= total <= most + 1e-9


def test_unknown_clock_and_unknown_drive_say_nothing() -> None:
    assert fuse(Evidence(), SETTINGS).reasons == ()
    assert told(Evidence())[0] == SETTINGS.alert_level
