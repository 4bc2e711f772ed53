"""Where drivers look: left is left on either side of the vehicle, eyes lead, and chance keeps clear of the script."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pytest

from driver_simulator.driver.gaze_targets import direction_of
from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.statistics import attention_statistics, drowsiness_statistics
from driver_simulator.scenario.behaviours import Target
from driver_simulator.viewpoint import gaze_against_ahead
from tests.simulator.driver.scenes import events, in_state, instants, only, performed, scenario

Side = Literal["left", "right"]


def glancing(target: str, side: Side = "left", head_share: float = 0.7) -> DriverMoment:
    """In the middle of a glance of 2 s."""
    behaviour = {"type": "look_at", "from_s": 10, "duration_s": 2, "target": target}
    return performed({**behaviour, "head_share": head_share}, driver_side=side).at(11.0)


@pytest.mark.parametrize("side", get_args(Side))
def test_driver_s_left_is_the_right_edge_of_the_picture(side: Side) -> None:
    """`Signals`: yaw is positive when the face turns towards the picture's right edge."""
    assert glancing("left_mirror", side).head_yaw_rad > 0.3
    assert glancing("right_mirror", side).head_yaw_rad < -0.3
    assert glancing("over_left_shoulder", side).head_yaw_rad > 1.0
    assert glancing("left_window", side).head_yaw_rad > 0.7


def test_what_is_in_the_middle_lies_across_from_the_driver() -> None:
    for target in ("rear_mirror", "console", "passenger"):
        assert glancing(target, "left").head_yaw_rad < -0.2
        assert glancing(target, "right").head_yaw_rad > 0.2


def test_the_mirror_on_the_driver_s_side_is_nearer() -> None:
    own, far = direction_of("left_mirror", "left"), direction_of("right_mirror", "left")
    assert abs(own.yaw_deg) < abs(far.yaw_deg)
    assert direction_of("right_mirror", "right").yaw_deg == -own.yaw_deg


def test_up_is_up() -> None:
    assert glancing("rear_mirror").head_pitch_rad > 0.05
    assert glancing("lap").head_pitch_rad < -0.4


@pytest.mark.parametrize("target", get_args(Target))
@pytest.mark.parametrize("head_share", [0.0, 0.4, 1.0])
def test_eyes_and_head_together_look_at_the_target(target: Target, head_share: float) -> None:
    wanted = direction_of(target, "left")
    yaw_deg, pitch_deg = np.degrees(gaze_against_ahead(glancing(target, head_share=head_share)))
    # Fixations scatter, and pitch is added to a head that may be turned far aside.
    assert yaw_deg == pytest.approx(wanted.yaw_deg, abs=14)
    assert pitch_deg == pytest.approx(wanted.pitch_deg, abs=12)


def test_head_makes_its_share_of_the_turn() -> None:
    lizard, owl = (glancing("left_mirror", head_share=share) for share in (0.1, 0.9))
    assert np.degrees(lizard.head_yaw_rad) < 10
    assert np.degrees(owl.head_yaw_rad) > 33


def test_eyes_lead_and_the_head_follows_both_ways() -> None:
    performance = performed(
        {"type": "look_at", "from_s": 10, "duration_s": 3, "target": "left_mirror"}
    )
    event = only(performance, EventKind.GLANCE)
    assert (event.onset_s, event.end_s, event.detail) == (10, 13, "left_mirror")
    times = np.array([event.full_from_s, event.full_until_s + 0.1])
    courses = performance.courses(times)
    line_deg = np.degrees(courses.head_yaw_rad + courses.gaze_yaw_rad)
    head_deg = np.degrees(courses.head_yaw_rad)
    assert line_deg[0] > 30 > 15 > head_deg[0]
    assert line_deg[1] < 15 < head_deg[1]


def test_line_of_sight_holds_while_the_head_sways() -> None:
    performance = in_state(2, seed=2, duration_s=60)
    times = instants(0, 60, 100)
    courses = performance.courses(times)
    # The eyes rest between saccades: most steps of the line of sight are none, though the head always moves.
    line = np.abs(np.diff(courses.head_yaw_rad + courses.gaze_yaw_rad))
    assert np.median(line) < 1e-9 < np.median(np.abs(np.diff(courses.head_yaw_rad)))


@pytest.fixture(scope="module")
def hour() -> Performance:
    return Performance(scenario(mirror_glances=True, duration_s=3600.0, seed=11))


def test_glances_come_as_often_and_last_as_long_as_the_file_says(hour: Performance) -> None:
    statistics = attention_statistics()
    glances = events(hour, EventKind.GLANCE)
    wanted = 60 * hour.traits.glance_rate * sum(each.rate_per_min for each in statistics.glances)
    assert len(glances) == pytest.approx(wanted, rel=0.25)
    on_target_s = [event.full_s for event in glances if event.detail == "left_mirror"]
    assert np.mean(on_target_s) == pytest.approx(1.10, abs=0.25)
    assert all(event.end_s - event.onset_s < 3.0 for event in glances)


def test_drivers_look_into_the_mirrors_of_their_side(hour: Performance) -> None:
    right = Performance(
        scenario(mirror_glances=True, duration_s=3600.0, seed=11, driver_side="right")
    )
    for performance, own, far in (
        (hour, "left_mirror", "right_mirror"),
        (right, "right_mirror", "left_mirror"),
    ):
        targets = [event.detail for event in events(performance, EventKind.GLANCE)]
        assert targets.count(own) > 2 * targets.count(far)


def test_no_glance_is_drawn_where_the_script_wants_none_or_moves_the_head() -> None:
    assert not events(in_state(2), EventKind.GLANCE)
    busy = [
        {"type": "phone", "from_s": 10.0 + 20 * place, "duration_s": 10.0} for place in range(20)
    ]
    performance = performed(*busy, duration_s=600.0, mirror_glances=True)
    drawn = events(performance, EventKind.GLANCE)
    assert len(drawn) > 10
    for event in drawn:
        assert all(
            event.end_s <= each["from_s"] or event.onset_s >= each["from_s"] + 10.0 for each in busy
        )


def test_sleepy_drivers_look_about_less(hour: Performance) -> None:
    sleepy = Performance(
        scenario(mirror_glances=True, duration_s=3600.0, seed=11, state=[{"from_s": 0, "kss": 9}])
    )
    left = drowsiness_statistics().looking.glance_share.at(9)
    drawn = len(events(sleepy, EventKind.GLANCE)) / len(events(hour, EventKind.GLANCE))
    assert drawn == pytest.approx(left, abs=0.12)
