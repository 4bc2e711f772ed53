"""Across the rungs: one voice, acknowledgement, parking, yawns as observations, whole drives."""

from __future__ import annotations

import pytest

from edge_app.alerts.event import EventType, Level
from edge_app.driver_state.signals import Unavailable
from edge_app.vehicle.state import VehicleState
from tests.alerts.ride import (
    ALERTS,
    END_SEEN,
    FAST,
    FRAME_S,
    STARTED_S,
    STATE,
    at_speed,
    ride,
    soon_after,
)
from tests.driver_state.traces import CLOSED, Driver, blinking, during, missing

PARKING, MUTE_S = ALERTS.parking, ALERTS.acknowledge_mute_s
SHUT_S = STARTED_S + 2.0
MICROSLEEP_S = SHUT_S + STATE.lids.microsleep_s
SLEEP_S = SHUT_S + STATE.lids.sleep_s
ASLEEP = Driver(closure=during(CLOSED, (SHUT_S, SHUT_S + 4.0)))
STANDING = at_speed(0.0)


def test_attentive_driver_hears_nothing_for_two_minutes() -> None:
    mirrors = during(40.0, *((7.0 * i, 7.0 * i + 0.8) for i in range(1, 17)))
    ridden = ride(Driver(closure=blinking(4.0), yaw_deg=mirrors), 120.0, FAST)
    assert ridden.events == []
    assert all(step.voice is None and step.active == () for step in ridden.steps)


def test_distracted_driver_is_warned_for_as_long_as_the_glance_lasts() -> None:
    away = (STARTED_S, STARTED_S + 20.0)
    ridden = ride(Driver(yaw_deg=during(50.0, away)), away[1] + 3.0, FAST)
    (warned_s,) = ridden.times_of(EventType.OFF_ROAD_GLANCE)
    limit_s = ALERTS.distraction.glance_fast_s
    assert soon_after(warned_s, away[0] + limit_s)
    assert all(
        step.voice is not None
        for t_s, step in zip(ridden.times_s, ridden.steps, strict=True)
        if away[0] + limit_s + FRAME_S < t_s < away[1]
    )


def test_invisible_driver_is_told_so_and_nothing_else() -> None:
    nobody = Driver(face_missing=lambda t: Unavailable.NO_FACE)
    ridden = ride(nobody, 120.0, FAST)
    assert [event.type for event in ridden.events] == [EventType.DEGRADED]


def test_camera_dodger_is_warned_of_the_glance_and_not_let_off_by_hiding() -> None:
    hidden = (STARTED_S + 4.0, STARTED_S + 20.0)
    driver = Driver(
        yaw_deg=during(50.0, (STARTED_S, hidden[0])),
        face_missing=missing(Unavailable.NO_FACE, hidden),
    )
    ridden = ride(driver, hidden[1] + 5.0, FAST)
    active = ridden.active_at(hidden[1] - 0.1)
    assert active == {EventType.OFF_ROAD_GLANCE, EventType.OFF_ROAD_SHARE, EventType.DEGRADED}


def test_louder_alert_takes_the_voice() -> None:
    blind = missing(Unavailable.EYES_OCCLUDED, (STARTED_S, 60.0))
    away = (STARTED_S + 9.0, STARTED_S + 14.0)
    ridden = ride(Driver(eyes_missing=blind, yaw_deg=during(50.0, away)), away[1], FAST)
    notice = ridden.voice_at(STARTED_S + ALERTS.degraded.told_after_s + 1.0)
    assert notice is not None and notice.type is EventType.DEGRADED
    warning = ridden.voice_at(away[0] + ALERTS.distraction.glance_fast_s + 0.5)
    assert warning is not None and warning.type is EventType.OFF_ROAD_GLANCE
    step = ridden.at(away[1] - 0.1)
    assert [alert.level for alert in step.active] == [Level.WARNING, Level.NOTICE]


def test_notice_is_voiced_briefly_and_then_only_shown() -> None:
    nobody = Driver(face_missing=lambda t: Unavailable.NO_FACE)
    ridden = ride(nobody, 30.0)
    told_s = ALERTS.degraded.told_after_s
    voiced = [
        t_s
        for t_s, step in zip(ridden.times_s, ridden.steps, strict=True)
        if step.voice is not None
    ]
    assert soon_after(voiced[0], told_s)
    assert voiced[-1] == pytest.approx(told_s + ALERTS.brief_voice_s, abs=3 * FRAME_S)
    assert ridden.active_at(29.0) == {EventType.DEGRADED}


def test_voice_follows_the_ladder() -> None:
    ridden = ride(ASLEEP, SHUT_S + 4.0)
    assert ridden.voice_at(MICROSLEEP_S - 0.1) is None
    warned, alarmed = ridden.voice_at(MICROSLEEP_S + 0.2), ridden.voice_at(SLEEP_S + 0.2)
    assert warned is not None and warned.type is EventType.MICROSLEEP
    assert alarmed is not None and alarmed.type is EventType.SLEEP


def test_ended_alert_says_what_it_was_and_how_long_it_lasted() -> None:
    ridden = ride(ASLEEP, SHUT_S + 8.0, at_speed(60.0))
    (event,) = ridden.of(EventType.ALERT_ENDED)
    assert soon_after(event.onset_s, MICROSLEEP_S)
    assert event.values["alert"] == "sleep"
    assert event.values["level"] == "alarm"
    assert event.values["duration_s"] == pytest.approx(event.t_s - event.onset_s, abs=1e-3)
    assert soon_after(event.t_s, SHUT_S + 4.0 + ALERTS.closed_eyes.open_again_s, END_SEEN)


def test_acknowledged_alert_is_silent_until_it_rises() -> None:
    pressed_s = MICROSLEEP_S + 0.5
    ridden = ride(ASLEEP, SHUT_S + 4.0, at_speed(60.0), pressed_s=[pressed_s])
    (event,) = ridden.of(EventType.ALERT_ACKNOWLEDGED)
    assert soon_after(event.t_s, pressed_s)
    assert event.values["alert"] == "microsleep"
    assert ridden.voice_at(SLEEP_S - 0.1) is None
    assert ridden.at(SLEEP_S - 0.1).active[0].acknowledged
    voice = ridden.voice_at(SLEEP_S + 0.2)
    assert voice is not None and voice.type is EventType.SLEEP and not voice.acknowledged


def test_mute_expires_and_button_mutes_again() -> None:
    away = (STARTED_S, STARTED_S + MUTE_S * 2 + 20.0)
    first_s = STARTED_S + ALERTS.distraction.glance_fast_s + 1.0
    second_s = first_s + MUTE_S + 2.0
    ridden = ride(
        Driver(yaw_deg=during(50.0, away)),
        second_s + 5.0,
        at_speed(60.0),
        # The share warning of the same stare is muted as it comes.
        pressed_s=[first_s, STARTED_S + ALERTS.distraction.share_s + 1.0, second_s],
        frame_rate_hz=10.0,
    )
    glance = {
        t_s: next(a for a in ridden.at(t_s).active if a.type is EventType.OFF_ROAD_GLANCE)
        for t_s in (first_s + 1.0, first_s + MUTE_S - 0.5, first_s + MUTE_S + 1.0, second_s + 1.0)
    }
    assert [alert.acknowledged for alert in glance.values()] == [True, True, False, True]
    assert ridden.voice_at(first_s + 1.0) is None
    assert ridden.voice_at(first_s + MUTE_S + 1.0) is not None


def test_new_microsleep_is_voiced_though_the_last_one_was_acknowledged() -> None:
    second_s = SHUT_S + 2.0
    nods = Driver(closure=during(CLOSED, (SHUT_S, SHUT_S + 1.5), (second_s, second_s + 1.5)))
    ridden = ride(nods, second_s + 2.0, at_speed(60.0), pressed_s=[MICROSLEEP_S + 0.2])
    assert ridden.voice_at(MICROSLEEP_S + 0.3) is None
    voice = ridden.voice_at(second_s + STATE.lids.microsleep_s + 0.2)
    assert voice is not None and voice.type is EventType.MICROSLEEP


def test_drowsiness_is_voiced_briefly_and_stays_shown() -> None:
    ridden = ride(ASLEEP, SHUT_S + 20.0, FAST)
    late = ridden.at(SHUT_S + 19.0)
    assert [alert.type for alert in late.active] == [EventType.DROWSINESS]
    assert late.voice is None


def test_button_without_an_alert_does_nothing() -> None:
    assert ride(Driver(), 10.0, FAST, pressed_s=[5.0]).events == []


def test_ignition_off_ends_what_runs_and_raises_nothing() -> None:
    off_s = SHUT_S + 2.0

    def vehicle(t_s: float) -> VehicleState:
        return VehicleState(speed_kmh=None, ignition_on=t_s < off_s)

    driver = Driver(closure=during(CLOSED, (SHUT_S, SHUT_S + 30.0)))
    ridden = ride(driver, SHUT_S + 30.0, vehicle)
    assert soon_after(ridden.ended(EventType.MICROSLEEP)[0], off_s)
    assert [event for event in ridden.events if event.t_s > off_s + FRAME_S] == []
    assert ridden.at(off_s + 1.0).active == ()


def test_parked_driver_may_sleep_and_one_at_a_light_may_not() -> None:
    def driver(shut_s: float) -> Driver:
        return Driver(closure=during(CLOSED, (shut_s, shut_s + 10.0)))

    at_a_light = ride(driver(20.0), 32.0, STANDING, frame_rate_hz=10.0)
    assert EventType.UNRESPONSIVE in {event.type for event in at_a_light.events}
    shut_s = PARKING.parked_after_s + 5.0
    parked = ride(driver(shut_s), shut_s + 12.0, STANDING, frame_rate_hz=10.0)
    assert parked.events == []


def test_alarm_of_a_car_that_came_to_rest_ends_when_it_is_parked() -> None:
    def vehicle(t_s: float) -> VehicleState:
        return at_speed(50.0 if t_s < SHUT_S + 3.5 else 0.0)

    driver = Driver(closure=during(CLOSED, (SHUT_S, 200.0)))
    ridden = ride(driver, SHUT_S + 80.0, vehicle, frame_rate_hz=10.0)
    (ended_s,) = ridden.ended(EventType.UNRESPONSIVE)
    assert ended_s == pytest.approx(SHUT_S + 3.5 + PARKING.parked_after_s, abs=0.11)


def test_driving_backwards_is_not_standing() -> None:
    driver = Driver(closure=during(CLOSED, (70.0, 72.0)))
    ridden = ride(driver, 75.0, at_speed(-8.0), frame_rate_hz=10.0)
    assert EventType.MICROSLEEP in {event.type for event in ridden.events}


def test_yawn_becomes_an_event_and_no_alert() -> None:
    driver = Driver(mouth=during(0.9, (12.0, 15.0), otherwise=0.05))
    ridden = ride(driver, 20.0, FAST)
    (event,) = ridden.events
    assert event.type is EventType.YAWN
    assert event.level is None
    assert event.onset_s == pytest.approx(12.0, abs=FRAME_S)
    assert event.values["duration_s"] == pytest.approx(3.0, abs=2 * FRAME_S)
    assert event.values["peak_mouth_openness"] == 0.9
    assert all(step.active == () for step in ridden.steps)


def test_microsleep_brings_its_advice_and_sleep_its_drowsiness_warning() -> None:
    ridden = ride(ASLEEP, SHUT_S + 4.0, FAST)
    assert [event.level for event in ridden.of(EventType.DROWSINESS)] == [
        Level.ADVICE,
        Level.WARNING,
    ]


def test_indecisive_perception_raises_nothing() -> None:
    # Every other frame says closed, the head jumps from frame to frame.
    def even(t_s: float) -> bool:
        return round(t_s * 30) % 2 == 0

    driver = Driver(
        closure=lambda t: CLOSED if even(t) and t > STARTED_S else 0.0,
        yaw_deg=lambda t: 45.0 if even(t) and t > STARTED_S else 0.0,
    )
    ridden = ride(driver, STARTED_S + 8.0, FAST)
    assert ridden.events == []
