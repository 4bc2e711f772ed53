"""What happened, and when, does not depend on how often the camera looked, nor on which frames it lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.alerts.event import Event, EventType
from edge_app.driver_state.settings import DriverStateSettings, GlanceSettings
from edge_app.driver_state.signals import Signals, Unavailable
from tests.alerts.ride import ALERTS, STARTED_S, STATE, Ride, ride_of
from tests.driver_state.traces import (
    CLOSED,
    FRAME_RATES_HZ,
    Driver,
    Span,
    during,
    frame_times,
    sample,
)

LIDS = STATE.lids
LIMITS_S = {
    "closed": (LIDS.microsleep_s, LIDS.sleep_s, ALERTS.closed_eyes.unresponsive_s),
    "turned": (ALERTS.distraction.glance_fast_s,),
    "down": (ALERTS.distraction.glance_fast_s,),
    "yawn": (STATE.yawn.min_wide_s,),
}
# What is seen of a deed is shorter by the interval in which it begins and that in which it ends; the longest
# interval is that of the lowest frame rate with a frame dropped.
MOST_UNSEEN_S = 2 * 2 / min(FRAME_RATES_HZ)
# A given forward direction: what is learned depends on what was seen, and rightly so.
KNOWN_ROAD = DriverStateSettings(glance=GlanceSettings(forward_yaw_deg=0.0, forward_pitch_deg=0.0))


@dataclass(frozen=True)
class Deed:
    """Something the driver does for a while."""

    what: str
    start_s: float
    length_s: float

    @property
    def span(self) -> Span:
        return self.start_s, self.start_s + self.length_s


def driver_of(deeds: Sequence[Deed]) -> Driver:
    def spans(what: str) -> list[Span]:
        return [deed.span for deed in deeds if deed.what == what]

    return Driver(
        closure=during(CLOSED, *spans("closed")),
        mouth=during(0.9, *spans("yawn"), otherwise=0.05),
        yaw_deg=during(50.0, *spans("turned")),
        pitch_deg=during(-35.0, *spans("down")),
    )


def _is_clear_of(limits_s: Sequence[float], length_s: float) -> bool:
    return not any(limit - 0.04 < length_s < limit + MOST_UNSEEN_S for limit in limits_s)


@st.composite
def deeds(draw: st.DrawFn, *, least_pause_s: float, clear_of_limits: bool) -> list[Deed]:
    """Two to four deeds of half a second and more, with pauses between them."""
    lengths = st.one_of(st.floats(0.5, 7.8), st.floats(0.5, 1.5))
    pauses = st.floats(least_pause_s, least_pause_s + 2.0)
    done, t_s = [], STARTED_S
    for _ in range(draw(st.integers(2, 4))):
        t_s += draw(pauses)
        what = draw(st.sampled_from(sorted(LIMITS_S)))
        clear = partial(_is_clear_of, LIMITS_S[what] if clear_of_limits else ())
        deed = Deed(what, t_s, draw(lengths.filter(clear)))
        done.append(deed)
        t_s += deed.length_s
    return done


def judged(ride: Ride) -> list[Event]:
    """Everything but drowsiness, which knows the blinks only from 20 frames/s on, and sums of several glances."""
    return [
        event
        for event in ride.events
        if event.type not in (EventType.DROWSINESS, EventType.OFF_ROAD_SHARE)
        and event.values.get("alert") not in ("drowsiness", "off_road_share")
    ]


def by_name(events: Sequence[Event]) -> list[tuple[str, Event]]:
    named = [(f"{event.type.value} {event.values.get('alert', '')}", event) for event in events]
    return sorted(named, key=lambda entry: (entry[0], entry[1].t_s))


def largest_gap_s(signals: Sequence[Signals]) -> float:
    return max(b.t_s - a.t_s for a, b in pairwise(signals))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    done=deeds(least_pause_s=2.0, clear_of_limits=True),
    frame_rate_hz=st.sampled_from(FRAME_RATES_HZ),
    drop_share=st.sampled_from([0.0, 0.1, 0.3]),
    jitter_share=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 99),
)
def test_every_frame_rate_and_random_drops_agree_in_what_happened_and_when(
    done: list[Deed], frame_rate_hz: float, drop_share: float, jitter_share: float, seed: int
) -> None:
    driver, duration_s = driver_of(done), done[-1].span[1] + 5.0
    finest = sample(driver, frame_times(duration_s, 30.0))
    coarse = sample(
        driver,
        frame_times(
            duration_s, frame_rate_hz, drop_share=drop_share, jitter_share=jitter_share, seed=seed
        ),
    )
    reference, other = (by_name(judged(ride_of(signals))) for signals in (finest, coarse))
    assert [name for name, _ in other] == [name for name, _ in reference]
    # One interval late to see a thing begin; and where its time is no whole number of intervals, the next frame.
    interval_s = max(largest_gap_s(coarse), largest_gap_s(finest))
    for (name, event), (_, expected) in zip(other, reference, strict=True):
        assert abs(event.onset_s - expected.onset_s) <= 2 * interval_s, name
        assert abs(event.t_s - expected.t_s) <= 2 * interval_s, name


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    length_s=st.floats(1.5, 7.5),
    offset_s=st.floats(0.0, 0.2),
    frame_rate_hz=st.sampled_from(FRAME_RATES_HZ),
    drop_share=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 99),
)
def test_each_rung_is_reached_in_the_first_frame_after_its_time_has_been_seen(
    length_s: float, offset_s: float, frame_rate_hz: float, drop_share: float, seed: int
) -> None:
    shut = (STARTED_S + offset_s, STARTED_S + offset_s + length_s)
    times_s = frame_times(shut[1] + 3.0, frame_rate_hz, drop_share=drop_share, seed=seed)
    events = ride_of(sample(Driver(closure=during(CLOSED, shut)), times_s)).events
    seen_closed = [t_s for t_s in times_s if shut[0] <= t_s < shut[1]]
    for type, after_s in (
        (EventType.MICROSLEEP, LIDS.microsleep_s),
        (EventType.SLEEP, LIDS.sleep_s),
        (EventType.UNRESPONSIVE, ALERTS.closed_eyes.unresponsive_s),
    ):
        due = [t_s for t_s in seen_closed if t_s >= seen_closed[0] + after_s - 1e-6]
        told = [event.t_s for event in events if event.type is type]
        assert told == due[:1]


def within_one_interval(frame_rate_hz: float, deed: Deed, type: EventType) -> None:
    driver, duration_s = driver_of([deed]), deed.span[1] + 3.0
    reference, other = (
        ride_of(sample(driver, frame_times(duration_s, rate))) for rate in (30.0, frame_rate_hz)
    )
    (expected,), (event,) = reference.of(type), other.of(type)
    assert abs(event.t_s - expected.t_s) <= 1.0 / frame_rate_hz + 1e-6


@settings(max_examples=30, deadline=None, derandomize=True)
@given(frame_rate_hz=st.sampled_from(FRAME_RATES_HZ), offset_s=st.floats(0.0, 0.2))
def test_regular_frames_agree_within_one_interval_of_the_coarser(
    frame_rate_hz: float, offset_s: float
) -> None:
    start_s = STARTED_S + offset_s
    within_one_interval(frame_rate_hz, Deed("closed", start_s, 1.5), EventType.MICROSLEEP)
    within_one_interval(frame_rate_hz, Deed("closed", start_s, 4.0), EventType.SLEEP)
    within_one_interval(frame_rate_hz, Deed("closed", start_s, 7.0), EventType.UNRESPONSIVE)
    within_one_interval(frame_rate_hz, Deed("yawn", start_s, 3.0), EventType.YAWN)


EYES_AND_ROAD = (
    EventType.MICROSLEEP,
    EventType.SLEEP,
    EventType.UNRESPONSIVE,
    EventType.OFF_ROAD_GLANCE,
)
AnyTime = tuple[float, float]  # from, for so long


@st.composite
def half_hidden(draw: st.DrawFn) -> tuple[list[Deed], list[AnyTime]]:
    """Deeds, and times in which nothing is seen: the pauses between deeds above all, and any others."""
    done, t_s = [], STARTED_S
    for _ in range(draw(st.integers(2, 5))):
        what = draw(st.sampled_from(["closed", "closed", "closed", "turned", "down"]))
        # Each a little too short to matter, again and again; and any others.
        limit_s = LIMITS_S[what][0]
        length_s = draw(st.one_of(st.floats(limit_s / 2, limit_s), st.floats(0.5, 7.8)))
        done.append(Deed(what, t_s, length_s))
        t_s += length_s + draw(st.one_of(st.floats(0.5, 0.8), st.floats(0.5, 3.0)))
    hidden = []
    for before, after in pairwise(done):
        if draw(st.booleans()):
            early_s, late_s = draw(st.floats(0.0, 0.2)), draw(st.floats(0.0, 0.2))
            start_s = before.span[1] - early_s
            hidden.append((start_s, after.start_s + late_s - start_s))
    anywhere = st.tuples(st.floats(STARTED_S, done[-1].span[1]), st.floats(0.03, 3.0))
    return done, hidden + draw(st.lists(anywhere, max_size=3))


_NO_SIGNALS = {"no picture": Unavailable.TOO_DARK, "no face": Unavailable.NO_FACE}


def without(
    signals: Sequence[Signals], hidden: list[AnyTime], every: int, way: str
) -> list[Signals]:
    """The trace with these spans, and every so manieth frame, deleted or made unavailable."""
    left = []
    for index, moment in enumerate(signals):
        lost = any(start <= moment.t_s < start + length for start, length in hidden)
        lost = lost or (every > 0 and index % every != 0)
        if not lost:
            left.append(moment)
        elif way in _NO_SIGNALS:
            left.append(Signals.without_face(moment.t_s, _NO_SIGNALS[way]))
        elif way == "eyes unavailable":
            gone = Signals.without_face(moment.t_s, Unavailable.EYES_OCCLUDED)
            left.append(
                replace(
                    moment,
                    eye_openness_left=gone.eye_openness_left,
                    eye_openness_right=gone.eye_openness_right,
                )
            )
    return left


@settings(max_examples=160, deadline=None, derandomize=True)
@given(
    deeds_and_hidings=half_hidden(),
    every=st.sampled_from([0, 0, 0, 2, 3, 5]),
    frame_rate_hz=st.sampled_from([10.0, 15.0, 30.0]),
    way=st.sampled_from(["deleted", *_NO_SIGNALS, "eyes unavailable"]),
)
def test_gaps_never_create_events(
    deeds_and_hidings: tuple[list[Deed], list[AnyTime]], every: int, frame_rate_hz: float, way: str
) -> None:
    done, hidden = deeds_and_hidings
    whole = sample(driver_of(done), frame_times(done[-1].span[1] + 3.0, frame_rate_hz))
    seen_whole = ride_of(whole, state=KNOWN_ROAD)
    seen_in_parts = ride_of(without(whole, hidden, every, way), state=KNOWN_ROAD)
    for event in seen_in_parts.events:
        if event.type not in EYES_AND_ROAD or event.values["reason"] == "no_return":
            continue  # no return after an alarm is what hiding does mean
        turned = any(deed.what in ("turned", "down") for deed in done)
        if event.type is EventType.OFF_ROAD_GLANCE and way == "no face" and turned:
            continue  # a face that is lost while it is turned away has turned out of sight
        before = [e for e in seen_whole.of(event.type) if e.t_s <= event.t_s + 1 / frame_rate_hz]
        assert before, event


@settings(max_examples=15, deadline=None, derandomize=True)
@given(deeds_and_hidings=half_hidden())
def test_same_signals_give_the_same_steps(
    deeds_and_hidings: tuple[list[Deed], list[AnyTime]],
) -> None:
    done, hidden = deeds_and_hidings
    whole = sample(driver_of(done), frame_times(done[-1].span[1] + 3.0, 15.0))
    signals = without(whole, hidden, 0, "no face")
    assert ride_of(signals) == ride_of(signals)


def test_share_of_several_glances_agrees_within_an_interval_for_each() -> None:
    spans = [(STARTED_S + 5.03 * i, STARTED_S + 5.03 * i + 2.47) for i in range(6)]
    driver = Driver(yaw_deg=during(50.0, *spans))
    expected_s = None
    for frame_rate_hz in reversed(FRAME_RATES_HZ):
        signals = sample(driver, frame_times(spans[-1][1], frame_rate_hz))
        (event,) = ride_of(signals).of(EventType.OFF_ROAD_SHARE)
        expected_s = expected_s or event.t_s
        needed = math.ceil(ALERTS.distraction.share_s / 2.47)
        # The sum may come due in this glance or, after the pause, in the next.
        pause_s = 5.03 - 2.47
        assert abs(event.t_s - expected_s) <= needed / frame_rate_hz + pause_s
