"""Lines of sight against OpenCV's own projection, other sizes of picture, and lenses that cannot be."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.camera.lens import Lens, flaw_of, lens_of_view
from calibration.camera.lens_profiles import lens_profile, lens_profiles

BARREL = Lens("barrel", 640, 480, 500.0, 502.0, 330.0, 236.0, (-0.3, 0.1, 0.001, -0.0005, 0.0))
CUSHION = replace(BARREL, distortion=(0.12, -0.04, 0.0, 0.0, 0.01))


@pytest.mark.parametrize("lens", [BARREL, CUSHION], ids=["barrel", "cushion"])
@given(right=st.floats(-0.5, 0.5), down=st.floats(-0.38, 0.38))
def test_line_of_sight_is_the_one_that_opencv_projects_there(
    lens: Lens, right: float, down: float
) -> None:
    matrix = np.array(
        [
            [lens.focal_x_px, 0, lens.center_x_px],
            [0, lens.focal_y_px, lens.center_y_px],
            [0, 0, 1.0],
        ]
    )
    point = np.array([[[math.tan(right), math.tan(down), 1.0]]])
    seen, _ = cv2.projectPoints(point, np.zeros(3), np.zeros(3), matrix, np.array(lens.distortion))
    assert lens.line_rad(*seen.reshape(2).tolist()) == pytest.approx((right, down), abs=1e-4)


def test_barrel_sees_farther_aside_than_a_pinhole_of_its_focal_length() -> None:
    pinhole = replace(BARREL, distortion=(0.0,) * 5)
    assert BARREL.horizontal_field_of_view_rad > pinhole.horizontal_field_of_view_rad + 0.05


@given(
    scale=st.integers(1, 4),
    x=st.floats(0, 640),
    y=st.floats(0, 480),
)
def test_larger_picture_of_the_same_shape_has_the_same_lines(
    scale: int, x: float, y: float
) -> None:
    larger = BARREL.at(640 * scale, 480 * scale)
    assert larger.line_rad(x * scale, y * scale) == pytest.approx(BARREL.line_rad(x, y), abs=1e-9)


def test_wide_picture_of_a_square_sensor_loses_its_top_and_bottom() -> None:
    lens = lens_of_view("square", 640, 480, 60.0)
    wide = lens.at(640, 360)
    assert math.degrees(wide.horizontal_field_of_view_rad) == pytest.approx(60.0)
    assert wide.focal_y_px == lens.focal_y_px


def test_square_picture_of_a_wide_sensor_loses_its_sides() -> None:
    lens = lens_of_view("wide", 1920, 1080, 70.0)
    square = lens.at(640, 480)
    # 480 of 1080 rows are shown: 1440 of 1920 columns are left.
    left = 2 * math.atan(0.75 * math.tan(math.radians(35.0)))
    assert square.horizontal_field_of_view_rad == pytest.approx(left)


@pytest.mark.parametrize(
    "changed",
    [
        {"width_px": 4},
        {"focal_x_px": 3.0},
        {"focal_x_px": 1e6, "focal_y_px": 1e6},
        {"focal_y_px": 700.0},
        {"center_x_px": 620.0},
        {"focal_x_px": math.nan},
        {"distortion": (0.0, 0.0, math.inf, 0.0, 0.0)},
        {"distortion": (80.0, 0.0, 0.0, 0.0, 0.0)},
        {"distortion": (-2.5, 0.0, 0.0, 0.0, 0.0)},  # farther out would be seen farther in
    ],
)
def test_what_no_lens_can_be_is_named(changed: dict[str, object]) -> None:
    assert flaw_of(BARREL) is None
    assert flaw_of(replace(BARREL, **changed)) is not None


def test_every_profile_is_a_possible_lens_with_a_source_and_measured_by_nobody() -> None:
    names = [name for profile in lens_profiles() for name in (profile.name, *profile.also)]
    assert len(set(names)) == len(names) >= 15
    for profile in lens_profiles():
        assert flaw_of(profile.lens) is None, profile.name
        assert profile.source and not profile.lens.measured
        assert lens_profile(profile.name) is profile


def test_published_field_of_view_and_focal_length_of_a_lens_agree() -> None:
    """Two figures of each maker; a wide lens's differ by its distortion."""
    for profile in lens_profiles():
        if profile.published_view_deg is not None:
            view_deg = math.degrees(profile.lens.horizontal_field_of_view_rad)
            assert view_deg == pytest.approx(profile.published_view_deg, rel=0.05), profile.name


def test_page_lists_every_lens_that_can_be_named() -> None:
    page = (Path(__file__).parents[3] / "docs" / "camera-calibration.md").read_text()
    table = page[page.index("## Lenses by name") :]
    for profile in lens_profiles():
        for name in (profile.name, *profile.also):
            assert f"`{name}`" in table


def test_camera_without_infrared_filter_has_the_lens_of_its_twin() -> None:
    assert lens_profile("pi_camera_3_wide_noir") is lens_profile("pi_camera_3_wide")
    assert lens_profile("no_such_camera") is None
