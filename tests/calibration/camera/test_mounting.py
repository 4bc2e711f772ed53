"""Directions of the camera's frame in the vehicle's, against the geometry of the simulated cabin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.camera.mounting import Mounting, mounting_of
from driver_simulator.driver.gaze_targets import direction_of
from driver_simulator.viewpoint import MOUNTING_DEG, camera_axes, turned
from edge_app.face.head_rotation import angles_of

ANGLES = st.floats(-1.0, 1.0)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("position", MOUNTING_DEG)
def test_camera_is_found_from_how_a_driver_who_looks_ahead_faces_it(
    position: str, side: str
) -> None:
    camera = camera_axes(position, side)  # type: ignore[arg-type]
    yaw_rad, pitch_rad, _ = angles_of(camera.T)  # of a head that looks ahead
    mounting = mounting_of(yaw_rad, pitch_rad)
    assert mounting is not None
    azimuth_deg, elevation_deg = MOUNTING_DEG[position]  # type: ignore[index]
    sign = 1 if side == "left" else -1
    assert math.degrees(mounting.yaw_rad) == pytest.approx(sign * azimuth_deg, abs=1e-4)
    assert math.degrees(mounting.pitch_rad) == pytest.approx(elevation_deg, abs=1e-4)
    assert np.allclose(mounting.rotation, camera, atol=1e-6)
    for target in ("left_mirror", "right_mirror", "rear_mirror", "console", "lap"):
        there = direction_of(target, side)  # type: ignore[arg-type]
        head = turned(math.radians(there.yaw_deg), math.radians(there.pitch_deg))
        seen = angles_of(camera.T @ head)
        found = mounting.in_vehicle(seen[0], seen[1])
        assert np.degrees(found) == pytest.approx([there.yaw_deg, there.pitch_deg], abs=1e-4)


@given(
    yaw=st.floats(-0.8, 0.8),
    pitch=st.floats(-0.8, 0.8),
    roll=st.floats(-0.5, 0.5),
    to_left=ANGLES,
    up=ANGLES,
)
def test_there_and_back_is_the_same_direction(
    yaw: float, pitch: float, roll: float, to_left: float, up: float
) -> None:
    mounting = Mounting(yaw, pitch, roll)
    seen = mounting.in_camera(to_left, up)
    assert mounting.in_vehicle(*seen) == pytest.approx((to_left, up), abs=1e-9)


@given(yaw=st.floats(-0.8, 0.8), pitch=st.floats(-0.8, 0.8), roll=st.floats(-0.5, 0.5))
def test_the_way_ahead_alone_gives_the_mounting_back(yaw: float, pitch: float, roll: float) -> None:
    mounting = Mounting(yaw, pitch, roll)
    found = mounting_of(*mounting.in_camera(0.0, 0.0), roll)
    assert found is not None
    assert (found.yaw_rad, found.pitch_rad) == pytest.approx((yaw, pitch), abs=1e-9)


@given(yaw=ANGLES, pitch=ANGLES, to_left=ANGLES, up=ANGLES)
def test_mirrored_camera_sees_everything_mirrored(
    yaw: float, pitch: float, to_left: float, up: float
) -> None:
    ahead = Mounting(yaw, pitch).in_vehicle(to_left, up)
    mirrored = Mounting(-yaw, pitch).in_vehicle(-to_left, up)
    # Straight behind, +180 and -180 degrees are one direction.
    assert math.remainder(mirrored[0] + ahead[0], math.tau) == pytest.approx(0.0, abs=1e-9)
    assert mirrored[1] == pytest.approx(ahead[1], abs=1e-9)


def test_camera_that_leans_is_upright_again_once_its_roll_is_told() -> None:
    upright, leaning = Mounting(0.3, -0.2), Mounting(0.3, -0.2, math.radians(12))
    forward = leaning.in_camera(0.0, 0.0)
    told = mounting_of(*forward, math.radians(12))
    assert told is not None
    mirror = leaning.in_camera(-0.6, 0.2)
    assert told.in_vehicle(*mirror) == pytest.approx((-0.6, 0.2), abs=1e-9)
    taken_as_upright = mounting_of(*forward)
    assert taken_as_upright is not None and upright.roll_rad == taken_as_upright.roll_rad == 0.0
    assert taken_as_upright.in_vehicle(*mirror) != pytest.approx((-0.6, 0.2), abs=0.02)


@pytest.mark.parametrize("forward", [(0.0, 1.55), (1.6, 0.0), (-3.0, 0.0), (0.0, -1.5)])
def test_direction_that_no_camera_sees_has_no_mounting(forward: tuple[float, float]) -> None:
    assert mounting_of(*forward) is None
