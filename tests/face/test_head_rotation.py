"""The three angles of a head, its matrix, and a picture that is turned."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.face.head_rotation import angles_of, rolled, rotation_of

facing = st.floats(-1.4, 1.4)
any_roll = st.floats(-3.1, 3.1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(yaw=facing, pitch=facing, roll=any_roll)
def test_angles_survive_the_way_through_the_matrix(yaw: float, pitch: float, roll: float) -> None:
    rotation = rotation_of(yaw, pitch, roll)
    assert angles_of(rotation) == pytest.approx((yaw, pitch, roll), abs=1e-3)
    assert np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-5)
    assert np.linalg.det(rotation) == pytest.approx(1.0, abs=1e-5)


def test_head_turned_to_the_pictures_right_points_there() -> None:
    forward = -rotation_of(math.radians(30), 0.0, 0.0)[:, 2]
    assert forward == pytest.approx((0.5, 0.0, -math.cos(math.radians(30))), abs=1e-6)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(yaw=facing, pitch=facing, roll=st.floats(-1.0, 1.0), turn=st.floats(-2.0, 2.0))
def test_turning_the_picture_turns_where_the_head_points(
    yaw: float, pitch: float, roll: float, turn: float
) -> None:
    before = rotation_of(yaw, pitch, roll)
    after = rolled(before, turn)
    x, y = before[0, 2], before[1, 2]
    assert after[0, 2] == pytest.approx(math.cos(turn) * x - math.sin(turn) * y, abs=1e-5)
    assert after[1, 2] == pytest.approx(math.sin(turn) * x + math.cos(turn) * y, abs=1e-5)
    assert after[2, 2] == pytest.approx(before[2, 2], abs=1e-6)


def test_head_straight_on_in_a_tilted_crop_is_a_tilted_head_straight_on() -> None:
    assert angles_of(rolled(rotation_of(0.0, 0.0, 0.0), 0.4)) == pytest.approx((0.0, 0.0, 0.4))


def test_glance_to_the_side_of_a_head_that_lies_on_its_side_is_a_glance_downwards() -> None:
    yaw, pitch, roll = angles_of(rolled(rotation_of(0.3, 0.0, 0.0), math.pi / 2))
    assert (yaw, pitch, roll) == pytest.approx((0.0, -0.3, math.pi / 2), abs=1e-6)
