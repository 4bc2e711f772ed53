"""A performance is a pure function of scenario, seed and time, smooth, and every behaviour is performed."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from driver_simulator.driver.course import Values
from driver_simulator.driver.moment_courses import MomentCourses
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.scenario.behaviours import AnyBehaviour
from tests.simulator.driver.scenes import (
    ONE_OF_EACH,
    events,
    in_state,
    instants,
    only,
    performed,
    scenario,
)

BUSY = tuple(
    {"type": name, "from_s": 3.0 + 12.0 * place, **more}
    for place, (name, more) in enumerate(ONE_OF_EACH.items())
)
BUSY_S = 12.0 * len(BUSY) + 6.0
ANGLES = ("head_yaw_rad", "head_pitch_rad", "head_roll_rad")

# Fastest that bodies move. Lids: 875 degrees/s over 30 degrees of lid (search coil, see drowsiness_statistics.yaml),
# with the fastest people and shortest blinks. Heads in quick turns reach some 400 degrees/s; jaws open within 0.1 s.
MOST_LID_PER_S = 55.0
MOST_HEAD_DEG_PER_S = 420.0
MOST_JAW_PER_S = 12.0
MOST_SACCADE_DEG_PER_S = 900.0


def busy(seed: int = 3) -> Performance:
    return performed(*BUSY, duration_s=BUSY_S, seed=seed, mirror_glances=True)


def all_values(courses: MomentCourses) -> list[bytes]:
    arrays = [getattr(courses, name) for name in MomentCourses.__slots__ if name != "actions"]
    return [array.tobytes() for array in (*arrays, *courses.actions.values())]


def test_same_seed_gives_the_same_bits_and_another_seed_another_driver() -> None:
    times = instants(0, BUSY_S, 25)
    assert all_values(busy().courses(times)) == all_values(busy().courses(times))
    assert busy().events == busy().events
    assert all_values(busy().courses(times)) != all_values(busy(4).courses(times))


def test_seed_given_to_the_performance_takes_the_place_of_the_scenario_s() -> None:
    given = Performance(scenario(seed=1), seed=9)
    assert given.events == Performance(scenario(seed=9)).events


def test_instants_may_be_asked_in_any_order() -> None:
    performance = busy()
    times = np.random.default_rng(1).permutation(instants(0, BUSY_S, 2))
    moments = list(performance.courses(times).moments())
    assert [performance.at(t_s) for t_s in times.tolist()] == moments


def test_one_more_behaviour_leaves_the_blinks_of_the_rest_of_the_drive_as_they_were() -> None:
    def blinks(*behaviours: dict[str, Any]) -> list[Any]:
        return events(performed(*behaviours, seed=5), EventKind.BLINK)

    smile = {"type": "express", "from_s": 20, "duration_s": 3, "expression": "happiness"}
    assert blinks() == blinks(smile)


def test_every_type_of_behaviour_is_tried_here() -> None:
    union = get_args(get_args(AnyBehaviour)[0])
    assert {get_args(each.model_fields["type"].annotation)[0] for each in union} == set(ONE_OF_EACH)


MOVED = {
    "microsleep": ("closure_left", "closure_right", "head_pitch_rad"),
    "sleep": ("closure_left", "closure_right", "head_pitch_rad"),
    "long_blink": ("closure_left", "closure_right"),
    "look_at": ("head_yaw_rad", "gaze_yaw_rad"),
    "turn_head": ("head_yaw_rad", "head_pitch_rad"),
    "phone": ("head_pitch_rad", "gaze_pitch_rad", "hand_reach"),
    "yawn": ("jaw_drop", "closure_left", "head_pitch_rad", "hand_reach"),
    "talk": ("jaw_drop",),
    "laugh": ("jaw_drop", "lip_corner_puller", "cheek_raiser", "closure_left"),
    "sing": ("jaw_drop",),
    "eat": ("jaw_drop", "hand_reach"),
    "rub_eyes": ("closure_left", "closure_right", "hand_reach"),
    "sneeze": ("closure_left", "head_pitch_rad", "nose_wrinkler"),
    "express": ("inner_brow_raiser", "lip_stretcher", "closure_left"),
    "hide": ("shift_right_m", "in_view"),
    "squint": ("closure_left", "closure_right"),
    "acknowledge": (),
}
LEAST_MOVED = 0.1


def part(courses: MomentCourses, name: str) -> Values:
    return np.asarray(courses.actions.get(name, getattr(courses, name, None)), dtype=float)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_behaviour_moves_its_parts_within_its_time_and_is_told_as_an_event(name: str) -> None:
    # A strip without blinks before it, to compare with.
    behaviour = {"type": name, "from_s": 10.0, **ONE_OF_EACH[name]}
    performance = performed(behaviour, seed=2)
    without = performed(seed=2)
    (told, *_) = (event for event in performance.events if event.scripted)
    assert told.onset_s == pytest.approx(10.0, abs=0.6)
    times = instants(10.0, told.end_s)
    for moved in MOVED[name]:
        change = part(performance.courses(times), moved) - part(without.courses(times), moved)
        assert np.abs(change).max() >= LEAST_MOVED, moved
    after = instants(told.end_s + 0.6, told.end_s + 8.0)
    for moved in (*ANGLES, "jaw_drop", "hand_reach", "shift_right_m"):
        assert part(performance.courses(after), moved) == pytest.approx(
            part(without.courses(after), moved), abs=1e-9
        )


def test_nothing_jumps_but_the_view_and_eyes_are_no_faster_than_saccades() -> None:
    rate_hz = 1000.0
    courses = busy().courses(instants(0, BUSY_S, rate_hz))
    for closure in (courses.closure_left, courses.closure_right):
        assert np.abs(np.diff(closure)).max() * rate_hz < MOST_LID_PER_S
    for name in ANGLES:
        speed = np.abs(np.diff(np.degrees(part(courses, name)))).max() * rate_hz
        assert speed < MOST_HEAD_DEG_PER_S, name
    assert np.abs(np.diff(courses.actions["jaw_drop"])).max() * rate_hz < MOST_JAW_PER_S
    eyes = np.degrees(np.hypot(np.diff(courses.gaze_yaw_rad), np.diff(courses.gaze_pitch_rad)))
    assert eyes.max() * rate_hz < MOST_SACCADE_DEG_PER_S


def test_values_stay_on_their_scales() -> None:
    courses = busy().courses(instants(0, BUSY_S, 50))
    for name, values in courses.actions.items():
        assert values.min() >= 0.0 and values.max() <= 1.0, name
    for closure in (courses.closure_left, courses.closure_right):
        assert closure.min() >= -0.5 and closure.max() <= 1.0


def test_movements_that_overlap_do_not_fight() -> None:
    """A yawn, a glance, a squint and a hand at once: each part does what its own behaviour says."""
    together = performed(
        {"type": "yawn", "from_s": 10, "duration_s": 6},
        {"type": "look_at", "from_s": 11, "duration_s": 4, "target": "right_mirror"},
        {"type": "squint", "from_s": 9, "duration_s": 9, "depth": 0.5},
        {"type": "hide", "from_s": 10, "duration_s": 6, "by": "hand_on_wheel"},
    )
    glance = performed({"type": "look_at", "from_s": 11, "duration_s": 4, "target": "right_mirror"})
    times = instants(13.0, 13.5)
    both, alone = together.courses(times), glance.courses(times)
    assert both.head_yaw_rad == pytest.approx(alone.head_yaw_rad, abs=1e-9)
    assert both.actions["jaw_drop"].min() > 0.9
    assert both.closure_left.min() >= 0.5
    assert both.hand_reach.min() == 1.0


def test_closure_that_spills_into_the_next_behaviour_leaves_both_as_deep_as_written() -> None:
    performance = performed(
        {"type": "microsleep", "from_s": 10, "duration_s": 1.5},
        {"type": "long_blink", "from_s": 11.5, "duration_s": 2.0, "depth": 0.6},
    )
    shut = only(performance, EventKind.MICROSLEEP)
    half = only(performance, EventKind.HALF_BLINK)
    assert half.onset_s < shut.end_s
    times = np.array([shut.full_from_s, shut.full_until_s, half.full_until_s])
    assert performance.courses(times).closure_left == pytest.approx([1.0, 1.0, 0.6])


def test_acknowledgements_are_the_instants_of_the_script() -> None:
    pressed = [{"type": "acknowledge", "from_s": at_s} for at_s in (4.5, 21.0)]
    assert performed(*pressed).acknowledged_s == (4.5, 21.0)


def test_vehicle_and_state_follow_their_spans() -> None:
    performance = performed(
        vehicle=[{"from_s": 0, "speed_kmh": 90}, {"from_s": 30, "speed_kmh": 0, "reverse": False}],
        state=[{"from_s": 0, "kss": 3}, {"from_s": 20, "kss": 8, "impairment": "light"}],
    )
    assert performance.vehicle_at(29.99).speed_kmh == 90
    assert performance.vehicle_at(30.0).speed_kmh == 0
    assert performance.vehicle_at(30.0).reverse is False
    assert [performance.kss_at(t_s) for t_s in (0.0, 19.9, 20.0)] == [3, 3, 8]
    assert performance.impairment_at(20.0) == "light"


def test_head_is_stiller_when_the_vehicle_stands() -> None:
    def shaking(speed_kmh: float) -> float:
        vehicle = [{"from_s": 0, "speed_kmh": speed_kmh}]
        courses = performed(vehicle=vehicle, seed=1).courses(instants(0, 60, 50))
        return float(np.abs(np.diff(courses.shift_up_m)).mean())

    assert shaking(120) > 2 * shaking(0)


def test_long_drive_is_drawn_to_its_end_and_not_beyond() -> None:
    duration_s = 20_000.0
    ends_s = [event.end_s for event in in_state(5, duration_s=duration_s).events]
    assert duration_s - 60 < max(ends_s) <= duration_s
