"""Zones of a cabin by head pose: where they are, how sure they are, and that both sides are each other's mirror."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.camera.cabin import BY_EYES, TARGETS, ZONES, GazeZone
from calibration.camera.driver_side import DriverSide, side_by_mount, side_of
from calibration.camera.gaze_zones import GazeZones
from calibration.camera.mounting import Mounting

LEFT, RIGHT, EITHER = GazeZones(1.0), GazeZones(0.0), GazeZones(0.5)
ANGLE = st.floats(-2.0, 2.0)
STD = st.floats(0.0, 0.3)


def head(zone: GazeZone) -> tuple[float, float]:
    """(to the driver's left, up) of the usual head of a driver at the left."""
    own, up = TARGETS[zone].direction_rad
    share = TARGETS[zone].head_share
    return own * share, up * share


@pytest.mark.parametrize("zone", [zone for zone in TARGETS if zone is not GazeZone.CLUSTER])
def test_usual_head_at_a_zone_is_told_as_that_zone(zone: GazeZone) -> None:
    guess = LEFT.zone_in_vehicle(*head(zone), math.radians(3))
    assert guess.zone is zone
    assert guess.certainty > 0.5


def test_head_that_points_ahead_is_on_the_road_but_eyes_may_be_elsewhere() -> None:
    guess = LEFT.zone_in_vehicle(0.0, 0.0)
    assert guess.zone is GazeZone.ROAD
    assert 0.85 < guess.certainty < 0.99  # some look at mirror or cluster by the eyes alone


def test_what_eyes_reach_alone_is_named_and_less_sure() -> None:
    assert {GazeZone.CLUSTER, GazeZone.INNER_MIRROR} == BY_EYES
    assert LEFT.zone_in_vehicle(*head(GazeZone.CLUSTER)).zone is GazeZone.ROAD
    inner = LEFT.zone_in_vehicle(*head(GazeZone.INNER_MIRROR), math.radians(3))
    outer = LEFT.zone_in_vehicle(*head(GazeZone.OWN_MIRROR), math.radians(3))
    assert inner.certainty < outer.certainty
    assert GazeZone.ROAD in inner.also


def test_outer_mirror_and_window_of_the_far_side_are_told_to_be_alike() -> None:
    assert GazeZone.FAR_WINDOW in LEFT.zone_in_vehicle(*head(GazeZone.FAR_MIRROR)).also


def test_driver_side_mirror_lies_where_the_rules_allow_it() -> None:
    aside_rad, _ = TARGETS[GazeZone.OWN_MIRROR].direction_rad
    assert math.degrees(aside_rad) <= 55.0  # UN R46


@given(to_left=ANGLE, up=st.floats(-1.5, 1.5), std=STD)
def test_right_hand_drive_is_left_hand_drive_in_a_mirror(
    to_left: float, up: float, std: float
) -> None:
    assert np.allclose(LEFT.probabilities(to_left, up, std), RIGHT.probabilities(-to_left, up, std))


@given(to_left=ANGLE, up=st.floats(-1.5, 1.5), std=STD, left=st.floats(0.0, 1.0))
def test_certainties_are_probabilities(to_left: float, up: float, std: float, left: float) -> None:
    probabilities = GazeZones(left).probabilities(to_left, up, std)
    assert probabilities.shape == (len(ZONES) + 1,)
    assert probabilities.min() >= 0.0
    assert probabilities.sum() == pytest.approx(1.0)


def test_doubtful_head_pose_makes_a_zone_doubtful() -> None:
    sure = LEFT.zone_in_vehicle(*head(GazeZone.INNER_MIRROR), 0.0)
    unsure = LEFT.zone_in_vehicle(*head(GazeZone.INNER_MIRROR), math.radians(12))
    assert unsure.certainty < sure.certainty or unsure.zone is not sure.zone


def test_head_thrown_back_is_at_no_zone() -> None:
    assert LEFT.zone_in_vehicle(0.0, math.radians(50)).zone is None


def test_unknown_side_leaves_road_and_lap_but_no_mirror() -> None:
    assert EITHER.zone_in_vehicle(0.0, 0.0).zone is GazeZone.ROAD
    assert EITHER.zone_in_vehicle(*head(GazeZone.LAP)).certainty > 0.8
    for zone in (GazeZone.CONSOLE, GazeZone.OWN_WINDOW):
        assert EITHER.zone_in_vehicle(*head(zone)).certainty < 0.75


@pytest.mark.parametrize(
    "camera", [Mounting(0.0, -0.25), Mounting(-0.45, 0.24), Mounting(0.5, 0.0)]
)
def test_zone_does_not_depend_on_where_the_camera_is_mounted(camera: Mounting) -> None:
    for zone in (GazeZone.OWN_MIRROR, GazeZone.CONSOLE, GazeZone.LAP, GazeZone.FAR_MIRROR):
        guess = LEFT.zone(camera, *camera.in_camera(*head(zone)))
        assert guess.zone is zone


def test_glances_tell_the_side_and_the_same_ones_in_a_mirror_the_other() -> None:
    left, right = DriverSide(), DriverSide()
    assert side_of(left.left_probability()) is None
    for zone in (GazeZone.INNER_MIRROR, GazeZone.CONSOLE, GazeZone.OWN_MIRROR) * 2:
        aside, up = head(zone)
        left.glance(aside, up)
        right.glance(-aside, up)
    assert side_of(left.left_probability()) == "left"
    assert side_of(right.left_probability()) == "right"
    assert left.left_probability() == pytest.approx(1.0 - right.left_probability())


def test_one_glance_tells_no_side_nor_do_glances_at_the_lap() -> None:
    side = DriverSide()
    side.glance(*head(GazeZone.CONSOLE))
    assert side_of(side.left_probability()) is None
    for _ in range(50):
        side.glance(0.0, head(GazeZone.LAP)[1])
    assert side_of(side.left_probability()) is None


@given(st.lists(st.tuples(ANGLE, st.floats(-1.5, 1.5), STD), max_size=30))
def test_side_stays_a_probability_that_can_turn(glances: list[tuple[float, float, float]]) -> None:
    side = DriverSide()
    for glance in glances:
        side.glance(*glance)
    assert 0.0 < side.left_probability() < 1.0
    for _ in range(20):
        side.glance(*head(GazeZone.CONSOLE))
    assert side_of(side.left_probability()) == "left"


@pytest.mark.parametrize(
    ("mounted_at", "camera_yaw_deg", "side"),
    [
        ("mirror", -26.0, "left"),
        ("mirror", 26.0, "right"),
        ("dash_centre", -24.0, "left"),
        ("a_pillar", 28.0, "left"),
        ("a_pillar", -28.0, "right"),
        ("steering_column", 0.0, None),
        (
            "dash_centre",
            3.0,
            None,
        ),  # straight before the driver: it does not stand where it was told
        ("unknown", -26.0, None),
    ],
)
def test_known_mount_tells_the_side_where_the_camera_stands_aside(
    mounted_at: str, camera_yaw_deg: float, side: str | None
) -> None:
    odds = side_by_mount(mounted_at, math.radians(camera_yaw_deg))  # type: ignore[arg-type]
    assert side_of(DriverSide().left_probability(odds)) == side
