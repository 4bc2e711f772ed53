"""One long glance by speed, and too much within half a minute; what holds, clears and ends them."""

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
    SOON,
    STARTED_S,
    STATE,
    UNKNOWN,
    Ride,
    at_speed,
    ride,
    soon_after,
)
from tests.driver_state.traces import Driver, during, line, missing

DISTRACTION, PARKING = ALERTS.distraction, ALERTS.parking
AWAY_S = STARTED_S + 2.0


def looking_away(*spans: tuple[float, float]) -> Driver:
    return Driver(yaw_deg=during(50.0, *spans))


def glances(length_s: float, vehicle: VehicleState) -> Ride:
    return ride(looking_away((AWAY_S, AWAY_S + length_s)), AWAY_S + length_s + 3.0, vehicle)


@pytest.mark.parametrize(
    ("vehicle", "limit_s"),
    [
        (FAST, DISTRACTION.glance_fast_s),
        (at_speed(DISTRACTION.fast_kmh), DISTRACTION.glance_fast_s),
        (at_speed(DISTRACTION.fast_kmh - 1), DISTRACTION.glance_slow_s),
        (at_speed(DISTRACTION.slow_kmh), DISTRACTION.glance_slow_s),
        (UNKNOWN, DISTRACTION.glance_fast_s),
        (VehicleState(speed_kmh=float("nan")), DISTRACTION.glance_fast_s),
    ],
)
def test_glance_is_warned_about_at_the_limit_of_the_speed(
    vehicle: VehicleState, limit_s: float
) -> None:
    (event,) = glances(limit_s + 1.0, vehicle).of(EventType.OFF_ROAD_GLANCE)
    assert event.level is Level.WARNING
    assert soon_after(event.t_s, AWAY_S + limit_s)
    assert soon_after(event.onset_s, AWAY_S)
    assert event.values["reason"] == "head_turned"
    assert event.values["limit_s"] == limit_s
    assert glances(limit_s - 0.1, vehicle).of(EventType.OFF_ROAD_GLANCE) == []


def test_slow_traffic_raises_no_distraction() -> None:
    ridden = glances(20.0, at_speed(DISTRACTION.slow_kmh - 1))
    assert ridden.of(EventType.OFF_ROAD_GLANCE) == []
    assert ridden.of(EventType.OFF_ROAD_SHARE) == []


def test_glance_warning_ends_when_the_driver_has_looked_back_for_a_while() -> None:
    back_s = AWAY_S + 5.0
    (ended_s,) = glances(5.0, FAST).ended(EventType.OFF_ROAD_GLANCE)
    assert soon_after(ended_s, back_s + DISTRACTION.back_s)


def test_last_second_responder_is_not_warned() -> None:
    just_in_time = [
        (AWAY_S + 8.0 * i, AWAY_S + 8.0 * i + DISTRACTION.glance_fast_s - 0.2) for i in range(2)
    ]
    ridden = ride(looking_away(*just_in_time), just_in_time[-1][1] + 5.0, FAST)
    assert ridden.of(EventType.OFF_ROAD_GLANCE) == []


def test_second_long_glance_is_a_second_warning() -> None:
    first = (AWAY_S, AWAY_S + 4.0)
    second = (AWAY_S + 6.0, AWAY_S + 10.0)
    ridden = ride(looking_away(first, second), second[1] + 3.0, FAST)
    assert len(ridden.of(EventType.OFF_ROAD_GLANCE)) == 2


def test_lids_cast_down_for_long_are_a_glance() -> None:
    phone = line((AWAY_S, 0.0), (AWAY_S + 0.1, 0.65), (AWAY_S + 5.0, 0.65), (AWAY_S + 5.1, 0.0))
    (event,) = ride(Driver(closure=phone), AWAY_S + 8.0, FAST).of(EventType.OFF_ROAD_GLANCE)
    assert soon_after(event.t_s, AWAY_S + 0.1 + DISTRACTION.glance_fast_s)
    assert event.values["reason"] == "lids_cast_down"


def test_hiding_after_a_glance_warning_does_not_end_it() -> None:
    hidden = (AWAY_S + 4.0, AWAY_S + 30.0)
    gone = missing(Unavailable.NO_FACE, hidden)
    driver = Driver(yaw_deg=during(50.0, (AWAY_S, hidden[0])), face_missing=gone)
    (ended_s,) = ride(driver, hidden[1] + 3.0, FAST).ended(EventType.OFF_ROAD_GLANCE)
    assert soon_after(ended_s, hidden[1] + DISTRACTION.back_s)


def test_timer_holds_below_the_holding_speed() -> None:
    # 3 s away at speed, 10 s crawling, then at speed again: what was left of the limit remains.
    crawl = (AWAY_S + 3.0, AWAY_S + 13.0)

    def vehicle(t_s: float) -> VehicleState:
        crawling = crawl[0] <= t_s < crawl[1]
        return at_speed(DISTRACTION.hold_below_kmh - 1 if crawling else 80.0)

    ridden = ride(looking_away((AWAY_S, AWAY_S + 20.0)), AWAY_S + 22.0, vehicle)
    (event,) = ridden.of(EventType.OFF_ROAD_GLANCE)
    assert soon_after(event.t_s, crawl[1] + DISTRACTION.glance_fast_s - 3.0)


def test_looking_back_while_reversing_counts_for_nothing() -> None:
    # 14 km/h: fast enough to count if it went ahead; then forward again and a glance that is short by itself.
    ahead_s = AWAY_S + 12.0

    def vehicle(t_s: float) -> VehicleState:
        if t_s >= ahead_s:
            return at_speed(80.0)
        return VehicleState(speed_kmh=14.0, ignition_on=True, reverse=True)

    away = looking_away((AWAY_S, ahead_s - 0.5), (ahead_s + 2.0, ahead_s + 4.0))
    ridden = ride(away, ahead_s + 8.0, vehicle)
    assert ridden.of(EventType.OFF_ROAD_SHARE) == []
    assert ridden.of(EventType.OFF_ROAD_GLANCE) == []


def test_unknown_speed_in_reverse_raises_no_distraction() -> None:
    ridden = glances(20.0, VehicleState(reverse=True))
    assert ridden.of(EventType.OFF_ROAD_GLANCE) == []
    assert ridden.of(EventType.OFF_ROAD_SHARE) == []


def test_traffic_light_clears_the_glance_and_driving_on_starts_it_from_nothing() -> None:
    stop_s, go_s = AWAY_S + 2.0, AWAY_S + 20.0

    def vehicle(t_s: float) -> VehicleState:
        return at_speed(0.0 if stop_s <= t_s < go_s else 60.0)

    ridden = ride(looking_away((AWAY_S, go_s + 10.0)), go_s + 12.0, vehicle)
    (event,) = ridden.of(EventType.OFF_ROAD_GLANCE)
    assert soon_after(event.t_s, go_s + DISTRACTION.glance_fast_s)


def test_standing_ends_a_running_glance_warning() -> None:
    stop_s = AWAY_S + 5.0

    def vehicle(t_s: float) -> VehicleState:
        return at_speed(0.0 if t_s >= stop_s else 60.0)

    ridden = ride(looking_away((AWAY_S, AWAY_S + 30.0)), AWAY_S + 30.0, vehicle)
    (ended_s,) = ridden.ended(EventType.OFF_ROAD_GLANCE)
    assert soon_after(ended_s, stop_s + PARKING.clear_distraction_after_s, SOON + FRAME_S)


# 2.5 s away in every 5 s: never one long glance, half of the time in all.
SHARED = [(AWAY_S + 5.0 * i, AWAY_S + 5.0 * i + 2.5) for i in range(12)]


def test_ten_seconds_in_thirty_are_warned_about_once() -> None:
    ridden = ride(looking_away(*SHARED), SHARED[-1][1], FAST)
    assert ridden.of(EventType.OFF_ROAD_GLANCE) == []
    (event,) = ridden.of(EventType.OFF_ROAD_SHARE)
    full = int(DISTRACTION.share_s / 2.5)
    assert soon_after(event.t_s, SHARED[full - 1][1], full * FRAME_S)


def test_share_warning_can_come_again_after_the_sum_has_fallen() -> None:
    first, calm_s = SHARED[:5], 30.0
    again = [(a + 25.0 + calm_s, b + 25.0 + calm_s) for a, b in first]
    ridden = ride(looking_away(*first, *again), again[-1][1] + 1.0, FAST)
    assert len(ridden.of(EventType.OFF_ROAD_SHARE)) == 2


def test_share_warning_ends_when_the_driver_looks_at_the_road() -> None:
    """Though the sum stays high for long after."""
    ridden = ride(looking_away(*SHARED[:5]), SHARED[4][1] + 10.0, FAST)
    (raised,) = ridden.times_of(EventType.OFF_ROAD_SHARE)
    back_s = min(end for _, end in SHARED if end >= raised - 1e-6)
    (ended_s,) = ridden.ended(EventType.OFF_ROAD_SHARE)
    assert soon_after(ended_s, back_s + DISTRACTION.back_s, END_SEEN + STATE.glance.return_s)


def test_mirrors_and_blinks_are_no_shared_attention() -> None:
    mirrors = [(AWAY_S + 6.0 * i, AWAY_S + 6.0 * i + 1.0) for i in range(15)]
    blinks = [(3.0 * i, 3.0 * i + 0.3) for i in range(1, 35)]
    driver = Driver(yaw_deg=during(45.0, *mirrors), closure=during(1.0, *blinks))
    ridden = ride(driver, AWAY_S + 80.0, FAST)
    assert ridden.events == []
