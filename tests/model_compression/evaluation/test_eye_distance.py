"""What errors of points are divided by, and which frames count."""

from __future__ import annotations

import math

import pytest

from edge_app.face.landmark_layout import NOSE_BASE
from model_compression.evaluation.eye_distance import eye_distance_px
from model_compression.evaluation.teacher import (
    LEAST_PRESENCE,
    MOST_ANGLE_SPREAD_RAD,
    MOST_POINT_SPREAD,
    TeacherReading,
)
from tests.model_compression.augmentation.drawn_face import drawn_face


@pytest.mark.parametrize("yaw_deg", [0.0, 30.0, -50.0])
def test_it_is_what_the_picture_shows(yaw_deg: float) -> None:
    points = drawn_face(eye_distance_px=60, yaw_deg=yaw_deg, roll_deg=20).points
    assert eye_distance_px(points) == pytest.approx(60 * math.cos(math.radians(yaw_deg)), rel=0.01)


@pytest.mark.parametrize("yaw_deg", [70.0, 85.0, 90.0])
def test_a_profile_has_more_than_half_of_a_frontal_faces(yaw_deg: float) -> None:
    points = drawn_face(eye_distance_px=60, yaw_deg=yaw_deg).points
    assert 0.5 * 60 < eye_distance_px(points) < 0.65 * 60


def test_points_that_fall_together_have_a_distance_all_the_same() -> None:
    points = drawn_face().points
    points[:] = points[NOSE_BASE]
    assert eye_distance_px(points) > 0


@pytest.mark.parametrize(
    ("presence", "point_spread", "angle_spread", "points_right", "angles_right"),
    [
        (1.0, 0.0, 0.0, True, True),
        (LEAST_PRESENCE - 0.01, 0.0, 0.0, False, False),
        (1.0, MOST_POINT_SPREAD + 0.001, 0.0, False, True),
        (1.0, 0.0, MOST_ANGLE_SPREAD_RAD + 0.001, True, False),
    ],
)
def test_teacher_is_right_where_it_is_sure_and_its_views_agree(
    presence: float,
    point_spread: float,
    angle_spread: float,
    points_right: bool,
    angles_right: bool,
) -> None:
    points = drawn_face().points
    reading = TeacherReading(points, (0, 0, 0), 60.0, point_spread, angle_spread, presence)
    assert reading.points_are_right is points_right
    assert reading.angles_are_right is angles_right
