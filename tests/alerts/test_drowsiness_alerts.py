"""Advice and warning by level; hysteresis, repetition and the gate of speed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.alerts.policy import AlertPolicy
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import DriverState, Drowsiness, HeadDropState
from edge_app.vehicle.state import VehicleState
from tests.alerts.ride import ALERTS, FAST, UNKNOWN, at_speed, ride
from tests.driver_state.traces import Driver, line, missing, watch

DROWSINESS = ALERTS.drowsiness
ADVICE, WARNING = DROWSINESS.advice_level, DROWSINESS.warning_level


@pytest.fixture(scope="module")
def attentive() -> DriverState:
    return watch(Driver(), 70.0, 10.0)[-1]


def follow(
    attentive: DriverState,
    levels: list[tuple[float, float | None]],
    vehicle: VehicleState | list[tuple[float, VehicleState]] = FAST,
    until_s: float = 100.0,
    *,
    eyes_until_s: float = math.inf,
    head_drops: int = 0,
) -> list[Event]:
    """Levels (from this time on, this level) stepped twice a second through the policy."""
    policy = AlertPolicy(ALERTS)
    events: list[Event] = []
    for index in range(int(until_s * 2)):
        t_s = index / 2
        level = [value for start_s, value in levels if start_s <= t_s][-1]
        known = (
            vehicle
            if isinstance(vehicle, VehicleState)
            else [value for start_s, value in vehicle if start_s <= t_s][-1]
        )
        by_eyes = t_s < eyes_until_s
        drowsiness = Drowsiness(level, 0.9, ("perclos", "yawns"), None, 0.5, by_eyes)
        drops = HeadDropState(False, head_drops, None)
        state = replace(attentive, t_s=t_s, drowsiness=drowsiness, head_drops=drops)
        events.extend(policy.step(state, known).events)
    return events


def raised(events: list[Event]) -> list[tuple[float, Level | None]]:
    return [(event.t_s, event.level) for event in events if event.type is EventType.DROWSINESS]


def ended(events: list[Event]) -> list[float]:
    return [event.t_s for event in events if event.type is EventType.ALERT_ENDED]


def test_advice_then_warning_as_the_level_rises(attentive: DriverState) -> None:
    events = follow(attentive, [(0, ADVICE - 0.1), (10, ADVICE), (20, WARNING)])
    assert raised(events) == [(10.0, Level.ADVICE), (20.0, Level.WARNING)]
    assert ended(events) == []


def test_event_carries_level_reasons_and_confidence(attentive: DriverState) -> None:
    (event,) = follow(attentive, [(0, ADVICE + 0.25)])
    assert event.values["drowsiness_level"] == ADVICE + 0.25
    assert event.values["reasons"] == "perclos,yawns"
    assert event.values["reason"] == "perclos"
    assert event.values["confidence"] == 0.9


def test_level_that_falls_a_little_does_not_end_the_alert(attentive: DriverState) -> None:
    wavering = [(0, ADVICE), (10, ADVICE - DROWSINESS.hysteresis + 0.1), (20, ADVICE)]
    events = follow(attentive, wavering)
    assert len(raised(events)) == 1
    assert ended(events) == []


def test_alert_ends_when_the_level_has_fallen_far_enough(attentive: DriverState) -> None:
    events = follow(attentive, [(0, ADVICE), (10, ADVICE - DROWSINESS.hysteresis - 0.1)])
    assert ended(events) == [10.0]


def test_warning_ends_below_its_own_threshold_and_leaves_no_advice(attentive: DriverState) -> None:
    events = follow(attentive, [(0, WARNING), (10, WARNING - DROWSINESS.hysteresis - 0.1)])
    assert raised(events) == [(0.0, Level.WARNING)]
    assert ended(events) == [10.0]


def test_same_alert_does_not_return_before_its_time(attentive: DriverState) -> None:
    repeat_s = DROWSINESS.repeat_s
    soon = [(0, ADVICE), (10, 3.0), (20, ADVICE), (30, 3.0), (repeat_s + 5, ADVICE)]
    events = follow(attentive, soon, until_s=repeat_s + 20)
    assert raised(events) == [(0.0, Level.ADVICE), (repeat_s + 5, Level.ADVICE)]


def test_warning_comes_even_if_advice_was_just_given(attentive: DriverState) -> None:
    events = follow(attentive, [(0, ADVICE), (10, 3.0), (20, WARNING)])
    assert raised(events) == [(0.0, Level.ADVICE), (20.0, Level.WARNING)]


@pytest.mark.parametrize(
    ("vehicle", "told"),
    [
        (at_speed(DROWSINESS.min_speed_kmh - 1), False),
        (at_speed(DROWSINESS.min_speed_kmh), True),
        (UNKNOWN, True),
    ],
)
def test_only_known_low_speed_keeps_it_silent(
    attentive: DriverState, vehicle: VehicleState, told: bool
) -> None:
    assert bool(raised(follow(attentive, [(0, 9.0)], vehicle))) is told


def test_slowing_down_ends_it_even_when_no_level_is_known(attentive: DriverState) -> None:
    slowing = [(0.0, FAST), (20.0, at_speed(30.0))]
    assert ended(follow(attentive, [(0, ADVICE), (10, None)], slowing)) == [20.0]


def test_hiding_does_not_end_it(attentive: DriverState) -> None:
    assert ended(follow(attentive, [(0, ADVICE), (10, None)])) == []


def test_without_eyes_it_is_advice_at_most(attentive: DriverState) -> None:
    events = follow(attentive, [(0, 9.0)], eyes_until_s=0.0)
    assert raised(events) == [(0.0, Level.ADVICE)]


@pytest.mark.parametrize(
    ("head_drops", "level"),
    [
        (DROWSINESS.warning_head_drops - 1, Level.ADVICE),
        (DROWSINESS.warning_head_drops, Level.WARNING),
    ],
)
def test_repeated_head_drops_warn_without_eyes(
    attentive: DriverState, head_drops: int, level: Level
) -> None:
    events = follow(attentive, [(0, WARNING)], eyes_until_s=0.0, head_drops=head_drops)
    assert raised(events) == [(0.0, level)]


def test_hiding_the_eyes_does_not_end_a_warning(attentive: DriverState) -> None:
    events = follow(attentive, [(0, WARNING), (30, WARNING - 0.2)], eyes_until_s=10.0)
    assert raised(events) == [(0.0, Level.WARNING)]
    assert ended(events) == []


def test_level_that_wavers_about_both_thresholds_is_told_once_each(attentive: DriverState) -> None:
    """About 7 and 8, by less than the hysteresis, every second."""
    about: list[tuple[float, float | None]]
    about = [(float(t_s), ADVICE + (0.2 if t_s % 2 else -0.2)) for t_s in range(50)]
    about += [(float(t_s), WARNING + (0.2 if t_s % 2 else -0.2)) for t_s in range(50, 100)]
    events = follow(attentive, about)
    assert [level for _, level in raised(events)] == [Level.ADVICE, Level.WARNING]
    assert ended(events) == []


def test_nodding_behind_sunglasses_advises_and_then_warns() -> None:
    """The whole way: signals of a head that sinks slowly and is jerked up, of eyes that are never seen."""
    starts_s = [40.0, 70.0, 100.0]

    def pitch_deg(t_s: float) -> float:
        return sum(
            line((s, 0.0), (s + 1.6, -14.0), (s + 1.9, -14.0), (s + 2.3, 0.0))(t_s)
            for s in starts_s
        )

    sunglasses = missing(Unavailable.EYES_OCCLUDED, (0.0, 1000.0))
    seen = ride(Driver(pitch_deg=pitch_deg, eyes_missing=sunglasses), 120.0, FAST, frame_rate_hz=15)
    told = [(event.level, event.t_s) for event in seen.of(EventType.DROWSINESS)]
    assert [level for level, _ in told] == [Level.ADVICE, Level.WARNING]
    assert starts_s[1] < told[0][1] < starts_s[1] + 3.0
    assert starts_s[2] < told[1][1] < starts_s[2] + 3.0
