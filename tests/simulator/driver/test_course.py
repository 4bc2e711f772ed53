"""Courses stand at their knots, move smoothly between them, and say the same of an instant however they are asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driver_simulator.driver.course import Course, Knot, Lanes, SmoothNoise

# Peak speed of a minimum-jerk movement over its mean speed.
PEAK_SPEED = 15 / 8
knot_values = st.lists(st.floats(-5, 5), min_size=2, max_size=8)


@given(knot_values)
def test_course_stands_at_its_knots_and_never_leaves_their_range(values: list[float]) -> None:
    course = Course.through([Knot(float(place), value) for place, value in enumerate(values)])
    assert course.over(np.arange(len(values), dtype=float)) == pytest.approx(values)
    between = course.over(np.linspace(-1, len(values), 500))
    assert between.min() >= min(values) - 1e-9
    assert between.max() <= max(values) + 1e-9


def test_movement_is_fastest_half_way_and_still_at_both_ends() -> None:
    times = np.linspace(0, 2, 20_001)
    speed = np.gradient(Course.through([Knot(0, 0), Knot(2, 1)]).over(times), times)
    assert speed.max() == pytest.approx(PEAK_SPEED / 2, rel=1e-3)
    assert times[speed.argmax()] == pytest.approx(1.0, abs=0.01)
    assert speed[[0, -1]] == pytest.approx([0, 0], abs=1e-3)


def test_instant_alone_has_the_bits_it_has_among_others() -> None:
    course = Course.through([Knot(0.1, 0), Knot(0.33, 0.7), Knot(1.7, -0.2)])
    noise = SmoothNoise(("a", "b"), (0.3, 1.1, 7.0), (1, 2))
    times = np.random.default_rng(0).uniform(0, 1e4, 257)
    many, noises = course.over(times), noise.over(times)["b"]
    for place, t_s in enumerate(times):
        alone = np.array([t_s])
        assert course.over(alone)[0] == many[place]
        assert noise.over(alone)["b"][0] == noises[place]


def test_step_is_reached_in_its_ramp_or_when_the_next_one_begins() -> None:
    course = Course.steps([(0, 1.0), (10, 3.0), (12, 2.0)], ramp_s=5)
    assert course.over(np.array([0.0, 10.0, 12.0, 17.0, 99.0])).tolist() == [1, 1, 3, 2, 2]


@pytest.mark.parametrize(("combine", "both"), [("sum", 0.75), ("largest", 0.5)])
def test_movements_that_overlap_keep_lanes_of_their_own(combine: str, both: float) -> None:
    lanes = Lanes(combine)  # type: ignore[arg-type]
    lanes.add([Knot(0, 0), Knot(1, 0.5), Knot(3, 0.5), Knot(4, 0)])
    lanes.add([Knot(1.5, 0), Knot(2, 0.25), Knot(2.5, 0.25), Knot(5, 0)])
    lanes.add([Knot(4, 0), Knot(4.5, 1), Knot(5, 0)])
    assert lanes.over(np.array([2.2]))[0] == both
    assert lanes.over(np.array([4.5]))[0] >= 1.0


def test_noise_has_unit_deviation_and_no_jump() -> None:
    times = np.arange(0, 4000, 0.02)
    values = SmoothNoise(("only",), (0.1, 0.4, 1.3), (7, 7)).over(times)["only"]
    assert values.std() == pytest.approx(1.0, abs=0.12)
    assert np.abs(np.diff(values)).max() < 0.25
