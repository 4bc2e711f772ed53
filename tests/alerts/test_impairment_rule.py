"""Advice on a suspicion: only where it is switched on, only when it lasts, never louder, never a figure of alcohol."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from edge_app.alerts.event import Event, EventType, Level
from edge_app.alerts.impairment_rule import ImpairmentRule
from edge_app.alerts.impairment_settings import ImpairmentAlertSettings
from edge_app.alerts.motion import Motion
from edge_app.alerts.policy import AlertPolicy
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.state import DriverState, Impairment
from edge_app.vehicle.state import VehicleState
from tests.alerts.ride import FAST, at_speed
from tests.driver_state.traces import Driver, watch

ON = ImpairmentAlertSettings(enabled=True)
STEP_S = 2.0


@pytest.fixture(scope="module")
def attentive() -> DriverState:
    return watch(Driver(), 70.0, 10.0)[-1]


def suspected(
    suspicion: float | None = 0.9, confidence: float = 0.8, *, like_drowsiness: bool = False
) -> Impairment:
    return Impairment(
        suspicion, confidence, ("head_sway", "gaze_drift"), None, like_drowsiness=like_drowsiness
    )


def follow(
    attentive: DriverState,
    told: list[tuple[float, Impairment]],
    until_s: float,
    settings: ImpairmentAlertSettings = ON,
    vehicle: VehicleState = FAST,
) -> list[Event]:
    """`told`: from this time on, this suspicion."""
    policy = AlertPolicy(AlertSettings(impairment=settings))
    events: list[Event] = []
    for index in range(int(until_s / STEP_S)):
        t_s = index * STEP_S
        impairment = [value for start_s, value in told if start_s <= t_s][-1]
        state = replace(attentive, t_s=t_s, impairment=impairment)
        events.extend(policy.step(state, vehicle).events)
    return events


def advised(events: list[Event]) -> list[Event]:
    return [event for event in events if event.type is EventType.IMPAIRMENT]


def test_off_unless_switched_on(attentive: DriverState) -> None:
    assert not AlertSettings().impairment.enabled
    told = [(0.0, suspected(1.0, 1.0))]
    assert follow(attentive, told, 600.0, ImpairmentAlertSettings()) == []
    assert len(advised(follow(attentive, told, 600.0))) == 1


def test_advice_after_it_has_lasted_and_with_its_reasons(attentive: DriverState) -> None:
    (event,) = advised(follow(attentive, [(0.0, suspected(0.02)), (20.0, suspected())], 200.0))
    assert event.level is Level.ADVICE
    assert event.onset_s == 20.0
    assert event.t_s == pytest.approx(20.0 + ON.persists_s, abs=STEP_S)
    assert event.values == {
        "suspicion_percent": 90,
        "confidence": 0.8,
        "reasons": "head_sway,gaze_drift",
        "reason": "head_sway",
    }


def test_nothing_told_is_a_figure_of_alcohol(attentive: DriverState) -> None:
    (event,) = advised(follow(attentive, [(0.0, suspected())], 200.0))
    words = f"{event.type.value} {dict(event.values)}".lower()
    assert not any(word in words for word in ("bac", "alcohol", "permil", "g_per", "drunk"))


@pytest.mark.parametrize(
    "told",
    [
        suspected(ON.min_suspicion - 0.01),
        suspected(1.0, ON.min_confidence - 0.01),
        suspected(1.0, 1.0, like_drowsiness=True),
        suspected(None, 0.0),
    ],
)
def test_no_advice_on_a_weak_unsure_or_sleepy_suspicion(
    attentive: DriverState, told: Impairment
) -> None:
    assert advised(follow(attentive, [(0.0, told)], 600.0)) == []


def test_suspicion_that_comes_and_goes_is_not_told(attentive: DriverState) -> None:
    period_s = ON.persists_s - 10.0
    told = [(period_s * index, suspected(0.9 if index % 2 else 0.02)) for index in range(12)]
    assert advised(follow(attentive, told, 600.0)) == []


def test_advice_ends_below_the_lower_limit_and_does_not_soon_return(
    attentive: DriverState,
) -> None:
    between = (ON.min_suspicion + ON.clear_suspicion) / 2
    low = ON.clear_suspicion - 0.01
    told = [
        (0.0, suspected()),
        (100.0, suspected(between)),
        (200.0, suspected(low)),
        (300.0, suspected()),
    ]
    events = follow(attentive, told, 300.0 + ON.repeat_s + 200.0)
    ends = [event.t_s for event in events if event.type is EventType.ALERT_ENDED]
    first, second = advised(events)
    assert ends == [200.0]
    assert second.t_s >= first.t_s + ON.repeat_s


def test_advice_about_one_driver_does_not_stay_with_the_next(attentive: DriverState) -> None:
    rule, motion = ImpairmentRule(ON), Motion(100.0, 0.0, parked=False)

    def asks(t_s: float, impairment: Impairment, driver_number: int) -> bool:
        calibration = replace(attentive.calibration, driver_number=driver_number)
        state = replace(attentive, t_s=t_s, impairment=impairment, calibration=calibration)
        return rule.step(state, motion) is not None

    assert not asks(0.0, suspected(), 1) and asks(ON.persists_s, suspected(), 1)
    assert asks(70.0, suspected(None, 0.0), 1)  # hiding does not end it
    assert not asks(80.0, suspected(None, 0.0), 2)
    # Nor is the next one spared for what the first was told.
    assert not asks(300.0, suspected(), 2) and asks(300.0 + ON.persists_s, suspected(), 2)


def test_no_advice_in_slow_traffic(attentive: DriverState) -> None:
    slow = at_speed(ON.min_speed_kmh - 5.0)
    assert advised(follow(attentive, [(0.0, suspected())], 300.0, vehicle=slow)) == []


@given(
    course=st.lists(
        st.tuples(st.none() | st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    enabled=st.booleans(),
)
def test_never_louder_than_advice_and_silent_when_off(
    attentive: DriverState, course: list[tuple[float | None, float, bool]], enabled: bool
) -> None:
    told = [
        (60.0 * index, suspected(suspicion, confidence, like_drowsiness=like))
        for index, (suspicion, confidence, like) in enumerate(course)
    ]
    events = follow(attentive, told, 60.0 * len(course), ImpairmentAlertSettings(enabled=enabled))
    assert all(event.level is Level.ADVICE for event in advised(events))
    assert enabled or not events


def test_limits_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="clear_suspicion must be below"):
        ImpairmentAlertSettings(min_suspicion=0.3, clear_suspicion=0.4)
