"""Microsleep, sleep, unresponsive: when they are said, and what ends them."""

from __future__ import annotations

import pytest

from edge_app.alerts.event import EventType, Level
from edge_app.driver_state.signals import Unavailable
from tests.alerts.ride import ALERTS, END_SEEN, STATE, Ride, ride, soon_after
from tests.driver_state.traces import CLOSED, Driver, blinking, during, missing

LIDS, EYES = STATE.lids, ALERTS.closed_eyes
SHUT_S = 12.0


def shut_for(*lengths_s: float, open_s: float = 3.0, then_s: float = 6.0) -> tuple[Driver, float]:
    """Eyes closed for these times, open for `open_s` between; and how long to ride."""
    spans, start_s = [], SHUT_S
    for length_s in lengths_s:
        spans.append((start_s, start_s + length_s))
        start_s += length_s + open_s
    return Driver(closure=during(CLOSED, *spans)), spans[-1][1] + then_s


def closed_eye_events(ride: Ride) -> list[EventType]:
    ladder = (EventType.MICROSLEEP, EventType.SLEEP, EventType.UNRESPONSIVE)
    return [event.type for event in ride.events if event.type in ladder]


def test_ladder_climbs_while_the_eyes_stay_closed() -> None:
    ridden = ride(*shut_for(8.0))
    assert closed_eye_events(ridden) == [
        EventType.MICROSLEEP,
        EventType.SLEEP,
        EventType.UNRESPONSIVE,
    ]
    for type, level, after_s in (
        (EventType.MICROSLEEP, Level.WARNING, LIDS.microsleep_s),
        (EventType.SLEEP, Level.ALARM, LIDS.sleep_s),
        (EventType.UNRESPONSIVE, Level.UNRESPONSIVE, EYES.unresponsive_s),
    ):
        (event,) = ridden.of(type)
        assert event.level is level
        assert soon_after(event.t_s, SHUT_S + after_s)
        assert soon_after(event.onset_s, SHUT_S)
        assert event.values["reason"] == "eyes_closed"


@pytest.mark.parametrize(
    ("length_s", "expected"),
    [
        (LIDS.microsleep_s - 0.1, []),
        (LIDS.microsleep_s + 0.1, [EventType.MICROSLEEP]),
        (LIDS.sleep_s - 0.1, [EventType.MICROSLEEP]),
        (LIDS.sleep_s + 0.1, [EventType.MICROSLEEP, EventType.SLEEP]),
        (EYES.unresponsive_s - 0.1, [EventType.MICROSLEEP, EventType.SLEEP]),
        # Seen open at once, though the vote over the lids is still about to say so.
        (EYES.unresponsive_s - 0.0625, [EventType.MICROSLEEP, EventType.SLEEP]),
    ],
)
def test_no_rung_before_its_time(length_s: float, expected: list[EventType]) -> None:
    assert closed_eye_events(ride(*shut_for(length_s))) == expected


def test_eyes_that_are_narrow_when_open_reach_the_last_rung_too() -> None:
    driver = Driver(closure=during(0.82, (SHUT_S, SHUT_S + 9.0), otherwise=0.64))
    assert closed_eye_events(ride(driver, SHUT_S + 9.0)) == [
        EventType.MICROSLEEP,
        EventType.SLEEP,
        EventType.UNRESPONSIVE,
    ]


def test_warning_ends_when_the_eyes_were_seen_open_for_a_while() -> None:
    ridden = ride(*shut_for(1.5))
    (ended_s,) = ridden.ended(EventType.MICROSLEEP)
    assert soon_after(ended_s, SHUT_S + 1.5 + EYES.open_again_s, END_SEEN)


def test_driver_who_wakes_up_blinking_is_awake() -> None:
    woken_s = SHUT_S + 4.0
    blinks = blinking(0.6, length_s=0.2)
    driver = Driver(closure=lambda t: CLOSED if SHUT_S <= t < woken_s else blinks(t))
    ridden = ride(driver, woken_s + 6.0)
    assert EventType.UNRESPONSIVE not in closed_eye_events(ridden)
    (ended_s,) = ridden.ended(EventType.SLEEP)
    assert woken_s + EYES.open_again_s <= ended_s <= woken_s + 2 * EYES.open_again_s


def test_blink_three_seconds_after_the_alarm_is_a_return() -> None:
    alarm_s = SHUT_S + LIDS.sleep_s
    open_s = alarm_s + EYES.unresponsive_after_alarm_s - 0.5
    blink = (open_s + 0.45, open_s + 0.65)
    ridden = ride(Driver(closure=during(CLOSED, (SHUT_S, open_s), blink)), open_s + 5.0)
    assert EventType.UNRESPONSIVE not in closed_eye_events(ridden)


def test_alarm_without_return_is_unresponsive_also_when_the_driver_hides() -> None:
    hidden_s = SHUT_S + LIDS.sleep_s + 0.5
    gone = missing(Unavailable.NO_FACE, (hidden_s, 60.0))
    driver = Driver(closure=during(CLOSED, (SHUT_S, 60.0)), face_missing=gone)
    (event,) = ride(driver, SHUT_S + 10.0).of(EventType.UNRESPONSIVE)
    alarm_s = SHUT_S + LIDS.sleep_s
    assert soon_after(event.t_s, alarm_s + EYES.unresponsive_after_alarm_s)
    assert event.values["reason"] == "no_return"
    assert soon_after(event.onset_s, SHUT_S)


def test_opening_the_eyes_within_three_seconds_of_the_alarm_is_a_return() -> None:
    ridden = ride(*shut_for(LIDS.sleep_s + 2.5))
    assert closed_eye_events(ridden) == [EventType.MICROSLEEP, EventType.SLEEP]
    assert len(ridden.ended(EventType.SLEEP)) == 1


def test_lids_cast_down_after_an_alarm_are_no_return() -> None:
    low_s = SHUT_S + LIDS.sleep_s + 0.5
    driver = Driver(closure=lambda t: 0.0 if t < SHUT_S else CLOSED if t < low_s else 0.62)
    assert EventType.UNRESPONSIVE in closed_eye_events(ride(driver, low_s + 5.0))


@pytest.mark.parametrize("length_s", [1.5, 4.0, 7.0])
@pytest.mark.parametrize("why", ["no face", "eyes hidden", "no frames"])
def test_hiding_after_a_warning_never_ends_it(length_s: float, why: str) -> None:
    hidden = (SHUT_S + length_s, SHUT_S + length_s + 40.0)
    reason = missing(Unavailable.NO_FACE, hidden)
    closed = during(CLOSED, (SHUT_S, hidden[0]))
    if why == "no face":
        ridden = ride(Driver(closure=closed, face_missing=reason), hidden[1] + 3.0)
    elif why == "eyes hidden":
        ridden = ride(Driver(closure=closed, eyes_missing=reason), hidden[1] + 3.0)
    else:
        seldom = Driver(closure=closed, eyes_missing=lambda t: reason(t) if t % 2 > 0.04 else None)
        ridden = ride(seldom, hidden[1] + 3.0)
    last = closed_eye_events(ridden)[-1]
    (ended_s,) = ridden.ended(last)
    assert soon_after(ended_s, hidden[1] + EYES.open_again_s)


def test_second_microsleep_within_the_warning_is_an_event_of_its_own() -> None:
    ridden = ride(*shut_for(1.5, 1.5, open_s=EYES.open_again_s - 0.3))
    first_s, second_s = ridden.times_of(EventType.MICROSLEEP)
    assert soon_after(first_s, SHUT_S + LIDS.microsleep_s)
    assert soon_after(second_s, SHUT_S + 1.5 + EYES.open_again_s - 0.3 + LIDS.microsleep_s)
    assert len(ridden.ended(EventType.MICROSLEEP)) == 1


def test_microsleep_within_an_alarm_does_not_lower_it() -> None:
    open_s = EYES.open_again_s - 0.3
    ridden = ride(*shut_for(4.0, 1.1, open_s=open_s))
    assert closed_eye_events(ridden) == [EventType.MICROSLEEP, EventType.SLEEP]
    voice = ridden.voice_at(SHUT_S + 4.0 + open_s + 1.05)
    assert voice is not None and voice.level is Level.ALARM


def test_second_sleep_after_waking_is_the_whole_ladder_again() -> None:
    ridden = ride(*shut_for(4.0, 4.0))
    assert closed_eye_events(ridden) == [EventType.MICROSLEEP, EventType.SLEEP] * 2


def test_closed_eyes_warned_about_are_neither_a_glance_nor_shared_attention() -> None:
    ridden = ride(*shut_for(14.0, then_s=20.0))
    assert ridden.of(EventType.OFF_ROAD_GLANCE) == []
    assert ridden.of(EventType.OFF_ROAD_SHARE) == []
    assert ridden.active_at(SHUT_S + 14.0 + 5.0) <= {EventType.DROWSINESS}


def test_head_that_sinks_with_the_eyes_closed_still_climbs() -> None:
    sleep = (SHUT_S, SHUT_S + 8.0)
    driver = Driver(
        closure=during(CLOSED, sleep), pitch_deg=during(-35.0, (SHUT_S + 1.2, sleep[1]))
    )
    assert EventType.UNRESPONSIVE in closed_eye_events(ride(driver, sleep[1] + 3.0))


def _shut_while_yawning(length_s: float) -> tuple[Driver, float]:
    driver, duration_s = shut_for(length_s)
    yawn = (SHUT_S - 1.0, SHUT_S + length_s + 1.0)
    yawning = Driver(
        closure=driver.closure,
        mouth=during(0.9, yawn, otherwise=0.05),
        pitch_deg=during(25.0, yawn),
    )
    return yawning, duration_s


@pytest.mark.parametrize("length_s", [2.7, 4.0, 7.0])
def test_closure_in_the_middle_of_a_yawn_is_warned_about_from_two_and_a_half_seconds_on(
    length_s: float,
) -> None:
    yawning, duration_s = _shut_while_yawning(length_s)
    ridden = ride(yawning, duration_s)
    alone = ride(*shut_for(length_s))
    assert closed_eye_events(ridden) == closed_eye_events(alone)
    told_s = ridden.times_of(EventType.MICROSLEEP)[0]
    assert soon_after(told_s, SHUT_S + STATE.lids.yawning_microsleep_s)


def test_eyes_shut_for_two_seconds_at_the_height_of_a_yawn_are_no_microsleep() -> None:
    assert closed_eye_events(ride(*_shut_while_yawning(2.3))) == []
    assert closed_eye_events(ride(*shut_for(2.3))) == [EventType.MICROSLEEP]


def test_narrowed_eyes_that_laugh_and_blink_are_no_microsleep() -> None:
    """Lids that rest at 0.72 after a blink have opened: they are halfway back to where they usually are."""
    blinks = [(SHUT_S + 1.5 * k, SHUT_S + 1.5 * k + 0.2) for k in range(6)]

    def closure(t_s: float) -> float:
        narrow = 0.72 if t_s >= SHUT_S - 6.0 else 0.45
        return 0.95 if any(start <= t_s < end for start, end in blinks) else narrow

    assert closed_eye_events(ride(Driver(closure=closure), SHUT_S + 12.0)) == []
