"""Whole frames: what they depend on, where the face is in them, and that a head has a body."""

from __future__ import annotations

import numpy as np
import pytest

from driver_simulator.driver.moment import DriverMoment, HandAct, HandMoment
from driver_simulator.picture.projection import projection_of
from driver_simulator.picture.renderer import PictureRenderer
from edge_app.face.landmark_layout import NOSE_BASE, PARTS
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from tests.simulator.picture.shots import (
    HEIGHT_PX,
    WIDTH_PX,
    change,
    moment,
    renderer,
    scenario,
)

_BUSY = {
    "camera": {"noise": 3.0, "width_px": 160, "height_px": 120},
    "light": [{"from_s": 0, "type": "low_sun"}],
    "passenger": True,
}


@pytest.fixture(scope="module")
def plain() -> PictureRenderer:
    return renderer()


def _nose(drawer: PictureRenderer, at: DriverMoment) -> np.ndarray:
    points = drawer.draw(at).points
    assert points is not None
    return points[NOSE_BASE]


def test_a_colour_camera_gives_three_channels_and_an_infrared_one_luma(
    plain: PictureRenderer,
) -> None:
    assert plain.frame(moment()).shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert renderer({"spectrum": "near_infrared"}).frame(moment()).shape == (HEIGHT_PX, WIDTH_PX)


def test_frames_are_the_same_in_any_order_and_from_any_renderer() -> None:
    hand = HandMoment(HandAct.COVERS_MOUTH, 0.8)
    moments = [
        moment(1.0, head_yaw_rad=0.3),
        moment(1.35, closure_left=1.0, hand=hand),
        moment(7.2, shift_right_m=0.05),
    ]
    forwards, backwards = renderer(**_BUSY), renderer(**_BUSY)
    first = [forwards.frame(one) for one in moments]
    second = [backwards.frame(one) for one in reversed(moments)][::-1]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one, other)


def test_another_seed_gives_another_cabin(plain: PictureRenderer) -> None:
    other = renderer(seed=4)
    empty = moment(in_view=False)
    assert change(plain.frame(empty), other.frame(empty)).mean() > 3


def test_the_head_turns_and_moves_where_it_is_told(plain: PictureRenderer) -> None:
    usual = _nose(plain, moment())
    assert _nose(plain, moment(head_yaw_rad=0.4))[0] > usual[0] + 5
    assert _nose(plain, moment(head_pitch_rad=0.4))[1] < usual[1] - 5
    assert _nose(plain, moment(shift_up_m=0.03))[1] < usual[1] - 5


def test_a_shift_moves_the_face_by_as_much_as_the_lens_shows(plain: PictureRenderer) -> None:
    camera = scenario().camera
    focal_px = projection_of(camera, "left").focal_px
    moved = _nose(plain, moment(shift_right_m=0.04)) - _nose(plain, moment())
    assert moved[0] == pytest.approx(0.04 * focal_px / camera.distance_m, rel=0.2)


def test_without_a_driver_there_is_a_seat_and_no_points(plain: PictureRenderer) -> None:
    drawn = plain.draw(moment(in_view=False))
    assert drawn.points is None
    assert change(drawn.image, plain.frame(moment())).mean() > 5


@pytest.mark.parametrize(
    "pose",
    [
        {},
        {"shift_right_m": 0.08, "head_roll_rad": 0.3},
        {"shift_up_m": 0.03, "shift_nearer_m": 0.06},
        {"head_pitch_rad": 0.5},
        {"head_yaw_rad": -1.0},
    ],
)
def test_no_head_floats(plain: PictureRenderer, pose: dict[str, float]) -> None:
    """From the chin down to the chest the driver hides the seat, with no gap."""
    drawn = plain.draw(moment(**pose))
    empty = plain.frame(moment(in_view=False))
    assert drawn.points is not None
    oval = drawn.points[PARTS["oval"]]
    chin_y = int(oval[:, 1].max())
    hidden = change(drawn.image, empty) > 4
    x, y, scale = projection_of(scenario().camera, "left").to_px(np.array([0.0, 0.2, 0.1]))
    lean_px = 0.5 * pose.get("shift_right_m", 0.0) * scale
    middle = np.linspace(float(oval[:, 0].mean()), x + lean_px, max(2, int(y) - chin_y))
    half_px = int(0.02 * scale)
    for row, at in zip(range(chin_y, int(y)), middle, strict=False):
        assert hidden[row, int(at) - half_px : int(at) + half_px].mean() > 0.8, row


@pytest.mark.parametrize(
    ("position", "spectrum"), [("steering_column", "near_infrared"), ("dash_centre", "colour")]
)
def test_perception_finds_the_driver_where_the_truth_is(position: str, spectrum: str) -> None:
    drawn = renderer({"position": position, "spectrum": spectrum, "noise": 1.5}).draw(moment())
    found = open_perception(PerceptionSettings()).detect(drawn.image)
    assert drawn.points is not None
    middle = drawn.points[PARTS["oval"]].mean(axis=0)
    left, top, right, bottom = found[0].box
    assert abs((left + right) / 2 - middle[0]) < 0.3 * (right - left)
    assert abs((top + bottom) / 2 - middle[1]) < 0.3 * (bottom - top)


@pytest.mark.parametrize(("side", "expected"), [("left", -1), ("right", 1)])
def test_a_passenger_moves_about_on_the_other_side_of_the_vehicle(side: str, expected: int) -> None:
    drawer = renderer(
        {"position": "a_pillar"},
        driver_side=side,
        passenger=True,
        vehicle=[{"from_s": 0, "speed_kmh": 0}],
    )
    first, later = (drawer.frame(moment(t_s, in_view=False)) for t_s in (0.0, 6.0))
    _, columns = np.nonzero(change(first, later) > 10)
    assert np.sign(columns.mean() - WIDTH_PX / 2) == expected
