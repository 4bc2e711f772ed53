"""The way into a crop and back, and how far two boxes agree."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.face.box import Box, overlap
from edge_app.face.crop import FaceCrop

crops = st.builds(
    FaceCrop,
    st.floats(-200, 2000),
    st.floats(-200, 1200),
    st.floats(20, 1500),
    st.floats(-math.pi, math.pi),
)
places = st.lists(st.tuples(st.floats(0, 256), st.floats(0, 256)), min_size=1, max_size=8)
boxes = st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(1, 300), st.floats(1, 300)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(crop=crops, points=places, size_px=st.sampled_from([112, 256]))
def test_points_of_a_crop_go_to_the_frame_and_back(
    crop: FaceCrop, points: list[tuple[float, float]], size_px: int
) -> None:
    inside = np.array(points, dtype=np.float32)
    in_frame = crop.points_to_frame(inside, size_px)
    back = np.c_[in_frame, np.ones(len(in_frame))] @ crop.frame_to_crop(size_px).T.astype(float)
    # Single precision: a thousandth of the coordinates' size, times the magnification into the crop.
    assert np.allclose(back, inside, atol=0.01 + 2e-3 * size_px / crop.side_px * 4)


def test_centre_of_the_crop_is_the_centre_of_the_face() -> None:
    crop = FaceCrop(321.0, 123.0, 200.0, 0.7)
    middle = np.array([[56.0, 56.0]], dtype=np.float32)
    assert crop.points_to_frame(middle, 112)[0] == pytest.approx((321.0, 123.0))


def test_depth_is_scaled_like_the_picture() -> None:
    points = np.array([[56.0, 56.0, 10.0]], dtype=np.float32)
    assert FaceCrop(0.0, 0.0, 224.0, 0.0).points_to_frame(points, 112)[0, 2] == pytest.approx(20.0)


def test_face_tilted_clockwise_is_cut_upright() -> None:
    # A bright spot that lies above the centre of a face tilted by 90 degrees lies to the right in the frame.
    image = np.zeros((200, 200), dtype=np.uint8)
    image[95:106, 145:156] = 255
    cut = FaceCrop(100.0, 100.0, 120.0, math.pi / 2).cut(image, 120)
    row, column = np.unravel_index(int(cut.argmax()), cut.shape)
    assert row < 20
    assert 45 < column < 75


def test_outside_of_the_frame_is_black() -> None:
    image = np.full((100, 100, 3), 200, dtype=np.uint8)
    cut = FaceCrop(0.0, 0.0, 100.0, 0.0).cut(image, 50)
    assert cut.shape == (50, 50, 3)
    assert cut[:20, :20].max() == 0
    assert cut[30:, 30:].min() == 200


@settings(max_examples=100, deadline=None, derandomize=True)
@given(a=boxes, b=boxes)
def test_overlap_is_a_share_and_the_same_both_ways(a: Box, b: Box) -> None:
    assert 0.0 <= overlap(a, b) <= 1.0
    assert overlap(a, b) == pytest.approx(overlap(b, a))
    assert overlap(a, a) == pytest.approx(1.0)


def test_overlap_of_known_boxes() -> None:
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (2, 0, 4, 2)) == 0.0
    assert overlap((0, 0, 2, 2), (5, 5, 6, 6)) == 0.0
