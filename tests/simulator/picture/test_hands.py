"""Hands before face and camera: what each act hides, and how it comes in."""

from __future__ import annotations

import numpy as np
import pytest

from driver_simulator.driver.moment import HandAct, HandMoment
from driver_simulator.picture.renderer import DrawnFrame, PictureRenderer
from edge_app.face.landmark_layout import PARTS
from tests.simulator.picture.shots import around, change, moment, renderer


@pytest.fixture(scope="module")
def drawer() -> PictureRenderer:
    return renderer()


def _with(drawer: PictureRenderer, act: HandAct, reach: float = 1.0) -> DrawnFrame:
    return drawer.draw(moment(hand=HandMoment(act, reach)))


def _hidden(drawer: PictureRenderer, act: HandAct, *parts: str) -> float:
    """Share of the parts' area that looks otherwise than without the hand."""
    without, covered = drawer.draw(moment()), _with(drawer, act)
    assert without.points is not None
    points = np.concatenate([without.points[PARTS[part]] for part in parts])
    changed = (change(without.image, covered.image) > 6).astype(np.uint8)
    return float(around(changed, points).mean())


@pytest.mark.parametrize("act", [HandAct.COVERS_MOUTH, HandAct.AT_TWELVE_OCLOCK])
def test_a_hand_before_the_lower_face_hides_the_mouth_and_leaves_the_eyes(
    drawer: PictureRenderer, act: HandAct
) -> None:
    assert _hidden(drawer, act, "lips_outer") > 0.8
    assert _hidden(drawer, act, "eyelid_left", "eyelid_right") < 0.1


@pytest.mark.parametrize(
    ("act", "rubbed", "other"),
    [
        (HandAct.RUBS_LEFT_EYE, "eyelid_left", "eyelid_right"),
        (HandAct.RUBS_RIGHT_EYE, "eyelid_right", "eyelid_left"),
    ],
)
def test_rubbing_hides_the_eye_that_is_rubbed(
    drawer: PictureRenderer, act: HandAct, rubbed: str, other: str
) -> None:
    assert _hidden(drawer, act, rubbed) > 0.8
    assert _hidden(drawer, act, other) < 0.35


def test_both_hands_hide_both_eyes(drawer: PictureRenderer) -> None:
    assert _hidden(drawer, HandAct.RUBS_BOTH_EYES, "eyelid_left", "eyelid_right") > 0.8


def test_food_is_at_the_mouth(drawer: PictureRenderer) -> None:
    assert _hidden(drawer, HandAct.FOOD_AT_MOUTH, "lips_outer") > 0.6


@pytest.mark.parametrize(
    ("act", "to_the_right"),
    [(HandAct.PHONE_AT_LEFT_EAR, True), (HandAct.PHONE_AT_RIGHT_EAR, False)],
)
def test_a_phone_is_beside_the_face_on_its_side(
    drawer: PictureRenderer, act: HandAct, to_the_right: bool
) -> None:
    without, covered = drawer.draw(moment()), _with(drawer, act)
    assert without.points is not None
    face = without.points[PARTS["oval"]]
    _, x = np.nonzero(change(without.image, covered.image)[: int(face[:, 1].max())] > 6)
    assert (x.mean() > face[:, 0].mean()) == to_the_right
    assert _hidden(drawer, act, "eyelid_left", "eyelid_right", "lips_outer") < 0.2


def test_a_phone_held_up_stays_below_the_chin(drawer: PictureRenderer) -> None:
    without, covered = drawer.draw(moment()), _with(drawer, HandAct.PHONE_HELD_UP)
    assert without.points is not None
    rows, _ = np.nonzero(change(without.image, covered.image) > 6)
    assert rows.min() > without.points[PARTS["oval"]][18, 1] - 2


def test_a_hand_over_the_lens_leaves_next_to_nothing(drawer: PictureRenderer) -> None:
    covered = _with(drawer, HandAct.COVERS_LENS).image.astype(np.float32)
    assert covered.mean() < 60
    assert covered.mean(axis=2).std() < 20


@pytest.mark.parametrize("act", list(HandAct))
def test_a_hand_comes_in_from_outside_the_picture(drawer: PictureRenderer, act: HandAct) -> None:
    without = drawer.frame(moment())
    shares = [
        float((change(without, _with(drawer, act, reach).image) > 6).mean())
        for reach in (0.02, 0.5, 1.0)
    ]
    assert shares[0] < 0.02
    assert shares[0] < shares[1] < shares[2] or shares[2] > 0.95


def test_a_hand_at_the_face_goes_with_the_head(drawer: PictureRenderer) -> None:
    def column(shift_right_m: float) -> float:
        hand = HandMoment(HandAct.COVERS_MOUTH, 1.0)
        bare = drawer.frame(moment(shift_right_m=shift_right_m))
        covered = drawer.frame(moment(shift_right_m=shift_right_m, hand=hand))
        return float(np.nonzero(change(bare, covered) > 6)[1].mean())

    assert column(0.05) > column(0.0) + 10
