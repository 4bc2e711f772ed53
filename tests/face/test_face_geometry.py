"""The ratios of a face are its own: not those of how it is turned, how near it is, or what lids and mouth do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.face.face_geometry import (
    GEOMETRY_NAMES,
    GEOMETRY_STD,
    MOST_PITCH_RAD,
    MOST_YAW_RAD,
    face_geometry,
    unlikeness,
)
from edge_app.face.head_rotation import rotation_of
from edge_app.face.landmark_layout import COUNT, INNER_CORNER, OUTER_CORNER, PARTS, named
from edge_app.face.observation import Estimate, FaceObservation, HeadPose
from tests.face.faces import observation

# In eye distances, x to the picture's right, y down, z away; the depths of a usual face.
OWN = {
    ("eyelid_left", OUTER_CORNER): (0.72, -0.01, 0.046),
    ("eyelid_left", INNER_CORNER): (0.28, 0.01, -0.046),
    ("eyelid_right", OUTER_CORNER): (-0.72, -0.01, 0.046),
    ("eyelid_right", INNER_CORNER): (-0.28, 0.01, -0.046),
    ("nose", 2): (0.0, 0.15, -0.453),
    ("nose", 7): (0.0, 0.70, -0.411),
    ("oval", 4): (0.98, -0.6, 0.323),
    ("oval", 32): (-0.98, -0.6, 0.323),
    ("oval", 8): (1.16, 0.3, 0.936),
    ("oval", 28): (-1.16, 0.3, 0.936),
}
RATIOS = (0.44, 0.02, 0.15, 0.70, 1.96, 2.32)


def seen(
    yaw_rad: float = 0.0,
    pitch_rad: float = 0.0,
    roll_rad: float = 0.0,
    *,
    eye_distance_px: float = 60.0,
    **changes: Any,
) -> FaceObservation:
    """That face through a camera far away; points that no ratio needs lie anywhere."""
    solid = np.random.default_rng(5).normal(size=(COUNT, 3))
    for (part, row), place in OWN.items():
        solid[PARTS[part].start + row] = place
    turned = solid @ rotation_of(yaw_rad, pitch_rad, roll_rad).astype(np.float64).T
    points = (320.0, 240.0) + eye_distance_px * turned[:, :2]
    return replace(
        observation(),
        landmarks=named(points.astype(np.float32)),
        head_pose=HeadPose(yaw_rad, pitch_rad, roll_rad, 0.03),
        **changes,
    )


def test_ratios_are_measured_in_distances_of_the_eyes() -> None:
    assert face_geometry(seen()) == pytest.approx(RATIOS, abs=1e-4)
    assert len(GEOMETRY_NAMES) == len(RATIOS) == len(GEOMETRY_STD)


@given(
    st.floats(-MOST_YAW_RAD, MOST_YAW_RAD),
    st.floats(-MOST_PITCH_RAD, MOST_PITCH_RAD),
    st.floats(-0.6, 0.6),
    st.floats(25.0, 300.0),
)
def test_neither_turn_nor_nod_nor_distance_changes_them_by_more_than_a_look_at_a_person_does(
    yaw_rad: float, pitch_rad: float, roll_rad: float, eye_distance_px: float
) -> None:
    told = face_geometry(seen(yaw_rad, pitch_rad, roll_rad, eye_distance_px=eye_distance_px))
    assert told is not None
    # What is taken off for nods is of real models, which a drawn face has not; it grows with the nod alone.
    assert unlikeness(told, RATIOS) < 0.1 + 3.0 * abs(pitch_rad)
    level = face_geometry(seen(yaw_rad, 0.0, roll_rad, eye_distance_px=eye_distance_px))
    assert level == pytest.approx(RATIOS, abs=2e-3)


@pytest.mark.parametrize("far", [(MOST_YAW_RAD + 0.05, 0.0), (0.0, -MOST_PITCH_RAD - 0.05)])
def test_a_head_turned_far_tells_nothing(far: tuple[float, float]) -> None:
    assert face_geometry(seen(*far)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"eye_openness_left": Estimate(0.2, 0.05)},
        {"mouth_openness": Estimate(0.8, 0.05)},
        {"eye_openness_right": Estimate(math.nan, 0.05)},
        {"head_pose": HeadPose(math.nan, 0.0, 0.0, 0.1)},
    ],
    ids=["blink", "open mouth", "openness unknown", "pose unknown"],
)
def test_nothing_is_told_in_a_blink_a_yawn_or_without_numbers(changes: dict[str, Any]) -> None:
    assert face_geometry(replace(seen(), **changes)) is None


def test_perception_without_these_points_tells_nothing() -> None:
    assert face_geometry(observation()) is None


def test_another_face_is_unlike_and_ratios_of_another_kind_are_infinitely_so() -> None:
    other = tuple(ratio + 2 * std for ratio, std in zip(RATIOS, GEOMETRY_STD, strict=True))
    assert unlikeness(RATIOS, RATIOS) == 0.0
    assert unlikeness(RATIOS, other) == pytest.approx(2.0)
    assert unlikeness(RATIOS, RATIOS[:5]) == math.inf
