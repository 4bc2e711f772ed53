"""The judge itself: systems that are blind, mute, late or talkative do not pass."""

from __future__ import annotations

import pytest

from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.courses import TruthCourses
from driver_simulator.suite.expected import Expected, Oracle
from driver_simulator.suite.rates import rank_correlation, upper_bound_per_h
from driver_simulator.suite.ride import signal_ride
from driver_simulator.suite.situations import situations
from driver_simulator.suite.verdict import Outcome, judge
from edge_app.alerts.event import Event, EventType, Level
from edge_app.settings import VigilSettings

SETTINGS = VigilSettings()
BY_NAME = {situation.name: situation.scenario for situation in situations(SETTINGS)}
BLIND = Event(EventType.DEGRADED, 8.0, 0.0, Level.NOTICE)


def expected_of(name: str) -> Expected:
    scenario = BY_NAME[name]
    truth = TruthCourses.of(scenario, Performance(scenario))
    return Oracle(SETTINGS, frame_s=1 / 30).expect(truth)


def test_system_that_is_silent_has_missed_what_was_due() -> None:
    verdict = judge(expected_of("sleep"), [])
    assert {answer.outcome for answer in verdict.answers} == {Outcome.MISSED}
    assert not verdict.passed


def test_saying_that_it_cannot_see_excuses_only_where_sight_is_taken_away() -> None:
    assert not judge(expected_of("sleep"), [BLIND]).passed
    assert judge(expected_of("sleep"), [BLIND], may_be_blind=True).passed


def test_notice_that_has_ended_excuses_nothing() -> None:
    ended = Event(EventType.ALERT_ENDED, 12.0, 8.0, values={"alert": "degraded"})
    assert not judge(expected_of("sleep"), [BLIND, ended], may_be_blind=True).passed


def test_late_alert_is_late() -> None:
    (due,) = expected_of("microsleep").must
    late = Event(EventType.MICROSLEEP, due.latest_s + 0.1, due.onset_s, Level.WARNING)
    (answer,) = judge(expected_of("microsleep"), [late]).answers
    assert answer.outcome is Outcome.LATE


def test_warning_while_parked_is_false_whatever_the_driver_does() -> None:
    asleep = Event(EventType.SLEEP, 55.0, 52.0, Level.ALARM)
    assert judge(expected_of("parked_and_distracted"), [asleep]).false_warnings == (asleep,)


def test_glance_warning_in_reverse_is_false_however_far_the_head_is_turned() -> None:
    glance = Event(EventType.OFF_ROAD_GLANCE, 21.0, 15.0, Level.WARNING)
    assert judge(expected_of("reverses_and_drives_on"), [glance]).false_warnings == (glance,)


def test_glance_warning_at_a_red_light_is_false() -> None:
    at_red = Event(EventType.OFF_ROAD_GLANCE, 25.0, 15.0, Level.WARNING)
    (due,) = expected_of("traffic_light").must
    in_time = Event(EventType.OFF_ROAD_GLANCE, due.latest_s - 0.1, due.onset_s, Level.WARNING)
    verdict = judge(expected_of("traffic_light"), [at_red, in_time])
    assert verdict.false_warnings == (at_red,)
    assert [answer.outcome for answer in verdict.answers] == [Outcome.IN_TIME]


def test_warning_after_a_minute_at_standstill_is_false() -> None:
    scenario = Scenario.model_validate(
        {
            "name": "sleeps_at_the_roadside",
            "duration_s": 90,
            "vehicle": [{"from_s": 0, "speed_kmh": 0}],
            "behaviours": [{"type": "sleep", "from_s": 70, "duration_s": 8}],
        }
    )
    truth = TruthCourses.of(scenario, Performance(scenario))
    expected = Oracle(SETTINGS, frame_s=1 / 30).expect(truth)
    asleep = Event(EventType.SLEEP, 73.5, 70.0, Level.ALARM)
    assert expected.must == ()
    assert judge(expected, [asleep]).false_warnings == (asleep,)


def test_degraded_view_is_due_once_the_driver_was_there_to_be_seen_for_ten_seconds() -> None:
    assert expected_of("attentive").announce_by_s == pytest.approx(10.0, abs=0.1)
    # Leans out of the picture from 5 to 65 s, and needs a moment for either way.
    assert expected_of("invisible").announce_by_s == pytest.approx(70.0, abs=2.0)
    assert expected_of("parked_and_distracted").announce_by_s is None


def test_warning_without_a_cause_is_false() -> None:
    glance = Event(EventType.OFF_ROAD_GLANCE, 40.0, 36.5, Level.WARNING)
    assert judge(expected_of("attentive"), [glance]).false_warnings == (glance,)


def test_same_script_driven_twice_gives_the_same_events() -> None:
    first, second = (signal_ride(BY_NAME["microsleep"], SETTINGS) for _ in range(2))
    assert first == second


def test_bound_of_no_event_in_three_hours_is_one_an_hour() -> None:
    """The rule of three: -ln(0.05) = 3.0."""
    assert upper_bound_per_h(0, 3.0) == pytest.approx(0.9986, abs=1e-3)


def test_ranks_with_ties_are_shared() -> None:
    """scipy.stats.spearmanr([1, 2, 3, 4], [3, 3, 3.5, 4]) is 0.9487."""
    assert rank_correlation([1, 2, 3, 4], [3, 3, 3.5, 4]) == pytest.approx(0.9487, abs=1e-4)
