"""Masks, hands, hair and caps: labels are measured from what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.face.landmark_layout import PARTS
from model_compression.augmentation.coverings import KINDS, PLACE_CHANCES, covered
from model_compression.augmentation.hand_pose import PLACES
from tests.model_compression.augmentation.drawn_face import drawn_face

SEEDS = range(10)


def test_a_mask_worn_as_it_should_be_hides_the_mouth_and_no_eye() -> None:
    face = drawn_face()
    for seed in SEEDS:
        result = covered(
            face.picture, face.points, np.random.default_rng(seed), "mask", worn="nose"
        )
        assert result.mask is True and result.hand is False
        assert result.visible.mouth is False
        assert result.visible.eye_left is True and result.visible.eye_right is True
        assert result.visible.face


def test_a_mask_under_the_chin_leaves_the_mouth() -> None:
    face = drawn_face()
    for seed in SEEDS:
        result = covered(
            face.picture, face.points, np.random.default_rng(seed), "mask", worn="chin"
        )
        assert result.visible.mouth is True


def test_a_hand_over_the_mouth_hides_it() -> None:
    face = drawn_face()
    results = [
        covered(face.picture, face.points, np.random.default_rng(seed), "hand", place="mouth")
        for seed in range(20)
    ]
    assert all(result.hand is True and result.mask is False for result in results)
    assert np.mean([result.visible.mouth is False for result in results]) > 0.6
    assert np.mean([result.visible.eye_left is False for result in results]) < 0.4


def test_a_hand_over_an_eye_mostly_leaves_the_other() -> None:
    face = drawn_face()
    hidden = [
        (result.visible.eye_left is False) + (result.visible.eye_right is False)
        for seed in range(20)
        for result in [
            covered(face.picture, face.points, np.random.default_rng(seed), "hand", place="eye")
        ]
    ]
    assert np.mean(np.array(hidden) >= 1) > 0.6
    assert np.mean(np.array(hidden) == 2) < 0.4


def test_a_hidden_part_has_changed_and_a_visible_one_has_not() -> None:
    face = drawn_face()
    region = face.points[PARTS["lips_inner"]].astype(int)
    for seed in range(30):
        result = covered(face.picture, face.points, np.random.default_rng(seed), "hand")
        change = np.abs(
            result.picture[region[:, 1], region[:, 0]].astype(int)
            - face.picture[region[:, 1], region[:, 0]]
        )
        if result.visible.mouth is False:
            assert change.max() > 10


def test_a_beard_hides_nothing() -> None:
    face = drawn_face()
    for seed in SEEDS:
        result = covered(face.picture, face.points, np.random.default_rng(seed), "beard")
        assert result.mask is False and result.hand is False
        assert result.visible.mouth is True and result.visible.eye_left is True


def test_every_place_of_a_hand_has_its_chance() -> None:
    assert set(PLACE_CHANCES) == set(PLACES)
    assert sum(PLACE_CHANCES.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_given_stays_as_it_was(kind: str) -> None:
    face = drawn_face()
    before = face.picture.copy()
    covered(face.picture, face.points, np.random.default_rng(0), kind)
    assert np.array_equal(face.picture, before)
