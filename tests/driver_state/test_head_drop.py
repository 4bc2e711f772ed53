"""Nods are told from looks down, from the road's shaking and from yawns, at every frame rate."""

from __future__ import annotations

import math

import pytest

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import DriverState, HeadDrop
from tests.driver_state.traces import (
    CLOSED,
    OPEN,
    Course,
    Driver,
    always,
    at,
    during,
    line,
    missing,
    watch,
)

SETTINGS = DriverStateSettings().head_drop
NOD_S = 20.0
RATES = pytest.mark.parametrize("frame_rate_hz", [10.0, 15.0, 25.0, 30.0])
SUNGLASSES = missing(Unavailable.EYES_OCCLUDED, (0.0, 1000.0))
LIDS_SHUT = during(CLOSED, (NOD_S - 0.3, NOD_S + 3.0))


def head(
    depth_deg: float, sinks_s: float, down_s: float, rises_s: float, *, from_s: float = NOD_S
) -> Course:
    """Smooth, as heads move (minimum jerk)."""

    def pitch_deg(t_s: float) -> float:
        if t_s < from_s + sinks_s + down_s:
            return -depth_deg * _smooth((t_s - from_s) / sinks_s)
        return -depth_deg * (1.0 - _smooth((t_s - from_s - sinks_s - down_s) / rises_s))

    return pitch_deg


def _smooth(share: float) -> float:
    w = min(1.0, max(0.0, share))
    return w * w * w * (10 - 15 * w + 6 * w * w)


def drops_of(driver: Driver, frame_rate_hz: float = 30.0, until_s: float = 30.0) -> list[HeadDrop]:
    states = watch(driver, until_s, frame_rate_hz)
    return [state.head_drops.completed for state in states if state.head_drops.completed]


@RATES
def test_slow_sinking_and_a_jerk_up_with_lids_shut_is_a_head_drop(frame_rate_hz: float) -> None:
    nods = Driver(pitch_deg=head(15.0, 1.5, 0.4, 0.4), closure=LIDS_SHUT)
    (drop,) = drops_of(nods, frame_rate_hz)
    assert drop.onset_s == pytest.approx(NOD_S, abs=0.7)
    assert drop.end_s == pytest.approx(NOD_S + 2.3, abs=0.3)
    assert math.degrees(drop.depth_rad) == pytest.approx(15.0, abs=2.0)


@RATES
def test_it_is_told_by_the_head_alone_behind_sunglasses(frame_rate_hz: float) -> None:
    nods = Driver(pitch_deg=head(12.0, 1.5, 0.3, 0.4), eyes_missing=SUNGLASSES)
    assert len(drops_of(nods, frame_rate_hz)) == 1


@RATES
@pytest.mark.parametrize("depth_deg", [9.0, 20.0, 38.0])
@pytest.mark.parametrize("down_s", [0.4, 2.8])
@pytest.mark.parametrize("eyes", ["seen", "hidden", "read as shut"])
def test_looking_at_cluster_or_lap_is_none(
    frame_rate_hz: float, depth_deg: float, down_s: float, eyes: str
) -> None:
    """A head turn of A degrees takes about 0.28 s + 6 ms for each, down as up."""
    turn_s = 0.28 + 0.006 * depth_deg
    looks = Driver(
        pitch_deg=head(depth_deg, turn_s, down_s, turn_s),
        closure=during(0.9 if eyes == "read as shut" else 0.6, (NOD_S + 0.1, NOD_S + down_s)),
        eyes_missing=SUNGLASSES if eyes == "hidden" else missing(Unavailable.EYES_OCCLUDED),
    )
    assert drops_of(looks, frame_rate_hz) == []


@RATES
def test_slow_look_down_with_open_eyes_is_none(frame_rate_hz: float) -> None:
    looks = Driver(pitch_deg=head(15.0, 1.5, 0.4, 0.4), closure=always(OPEN))
    assert drops_of(looks, frame_rate_hz) == []


@RATES
def test_slow_way_down_and_as_slow_a_way_up_is_none(frame_rate_hz: float) -> None:
    leans = Driver(pitch_deg=head(15.0, 1.5, 0.4, 1.5), eyes_missing=SUNGLASSES)
    assert drops_of(leans, frame_rate_hz) == []


@RATES
def test_pothole_and_rough_road_are_none(frame_rate_hz: float) -> None:
    def rough(t_s: float) -> float:
        pothole = -14.0 if NOD_S <= t_s < NOD_S + 0.12 else 0.0
        return pothole + 1.5 * math.sin(2 * math.pi * 3.1 * t_s) + math.sin(2 * math.pi * 0.9 * t_s)

    assert drops_of(Driver(pitch_deg=rough, eyes_missing=SUNGLASSES), frame_rate_hz) == []
    shaken = Driver(pitch_deg=rough, closure=LIDS_SHUT)
    assert drops_of(shaken, frame_rate_hz) == []


@RATES
def test_nod_on_a_rough_road_is_told(frame_rate_hz: float) -> None:
    nod = head(15.0, 1.5, 0.4, 0.4)
    rough = Driver(
        pitch_deg=lambda t_s: nod(t_s) + 0.8 * math.sin(2 * math.pi * 3.1 * t_s), closure=LIDS_SHUT
    )
    assert len(drops_of(rough, frame_rate_hz)) == 1


@RATES
def test_yawn_is_none(frame_rate_hz: float) -> None:
    """The head goes back, and sinks below its usual pitch before it comes to rest."""
    yawns = Driver(
        pitch_deg=line((19.0, 0.0), (21.0, 20.0), (24.0, 20.0), (26.0, -10.0), (26.4, 0.0)),
        mouth=line((19.0, 0.0), (21.0, 0.95), (25.8, 0.8), (26.5, 0.0)),
        closure=during(CLOSED, (20.5, 26.2)),
    )
    assert drops_of(yawns, frame_rate_hz) == []


@RATES
def test_sneeze_is_none(frame_rate_hz: float) -> None:
    sneezes = Driver(
        pitch_deg=head(18.0, 0.2, 0.1, 0.5), closure=during(CLOSED, (NOD_S - 0.1, NOD_S + 0.8))
    )
    assert drops_of(sneezes, frame_rate_hz) == []


@RATES
def test_head_that_stays_down_with_lids_shut_counts_once_and_before_it_comes_up(
    frame_rate_hz: float,
) -> None:
    asleep = Driver(
        pitch_deg=head(14.0, 2.0, 6.0, 0.5), closure=during(CLOSED, (NOD_S - 0.5, NOD_S + 8.2))
    )
    (drop,) = drops_of(asleep, frame_rate_hz, 35.0)
    assert drop.end_s == pytest.approx(NOD_S + 1.5 + SETTINGS.stays_s, abs=0.8)


@RATES
@pytest.mark.parametrize(("depth_deg", "told"), [(12.0, 0), (20.0, 1)])
def test_head_that_stays_down_unseen_must_have_sunk_deep(
    frame_rate_hz: float, depth_deg: float, told: int
) -> None:
    asleep = Driver(pitch_deg=head(depth_deg, 2.0, 9.0, 3.0), eyes_missing=SUNGLASSES)
    assert len(drops_of(asleep, frame_rate_hz, 40.0)) == told


def test_new_posture_is_none() -> None:
    slumps = Driver(pitch_deg=line((20.0, 0.0), (20.5, -12.0)), closure=always(OPEN))
    assert drops_of(slumps, 30.0, 70.0) == []


@RATES
def test_head_that_turns_down_and_aside_looks_at_something(frame_rate_hz: float) -> None:
    looks = Driver(
        pitch_deg=head(15.0, 1.5, 0.4, 0.4),
        yaw_deg=during(25.0, (NOD_S, NOD_S + 2.4)),
        eyes_missing=SUNGLASSES,
    )
    assert drops_of(looks, frame_rate_hz) == []


def test_head_that_is_lost_while_it_sinks_is_not_made_up() -> None:
    lost = Driver(
        pitch_deg=head(15.0, 1.5, 0.4, 0.4),
        closure=LIDS_SHUT,
        pose_missing=missing(Unavailable.OUT_OF_POSE, (NOD_S + 1.0, NOD_S + 2.2)),
    )
    assert drops_of(lost) == []


def test_one_that_is_going_on_is_told_before_it_is_over() -> None:
    states = nodding(1)
    assert at(states, NOD_S + 1.6).head_drops.in_progress
    assert not states[-1].head_drops.in_progress
    assert not any(state.head_drops.in_progress for state in states if state.t_s < NOD_S)


def test_drops_are_counted_for_as_long_as_their_window() -> None:
    states = nodding(3)
    assert states[-1].head_drops.count_10_min == 3
    later = nodding(1, until_s=NOD_S + SETTINGS.window_s + 10.0, frame_rate_hz=5.0)
    assert at(later, NOD_S + SETTINGS.window_s - 5.0).head_drops.count_10_min == 1
    assert later[-1].head_drops.count_10_min == 0


def nodding(
    count: int, *, until_s: float | None = None, frame_rate_hz: float = 15.0
) -> list[DriverState]:
    starts_s = [NOD_S + 10.0 * index for index in range(count)]
    heads = [head(15.0, 1.5, 0.4, 0.5, from_s=from_s) for from_s in starts_s]
    nods = Driver(
        pitch_deg=lambda t_s: sum(each(t_s) for each in heads),
        closure=during(CLOSED, *((from_s - 0.3, from_s + 2.6) for from_s in starts_s)),
    )
    return watch(nods, until_s or starts_s[-1] + 10.0, frame_rate_hz)
