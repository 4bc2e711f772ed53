"""A mouth opened in a painted face: how far, what moves along, what stays."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.face.landmark_layout import NOSE_BASE, PARTS
from model_compression.augmentation.mouth_open import (
    MouthMove,
    lips_aspect,
    lips_gap,
    mouth_can_open,
    openness_of_lips,
    with_mouth,
)
from model_compression.augmentation.upright_face import UprightFace, upright_face
from tests.model_compression.detector.painted_people import face, landmarks

POINTS = landmarks()
FACE = upright_face(face(POINTS), POINTS)
CHIN = PARTS["oval"].start + 18
SIDE_PX = FACE.crop.side_px


def opened(drop: float) -> UprightFace:
    return with_mouth(FACE, MouthMove(drop=drop))


@pytest.mark.parametrize("drop", [0.05, 0.15, 0.25])
def test_lips_part_as_far_as_the_jaw_drops(drop: float) -> None:
    assert lips_gap(opened(drop)) == pytest.approx(lips_gap(FACE) + drop, abs=0.012)


@pytest.mark.parametrize("drop", [0.05, 0.15, 0.25])
def test_chin_follows_and_eyes_and_nose_stay(drop: float) -> None:
    moved = (opened(drop).points - FACE.points) / SIDE_PX
    assert 0.8 * drop < moved[CHIN, 1] <= drop
    for part in ("eyelid_left", "eyelid_right", "brow_left", "brow_right"):
        np.testing.assert_allclose(moved[PARTS[part]], 0, atol=0.004)
    np.testing.assert_allclose(moved[NOSE_BASE], 0, atol=0.01)


def test_upper_lip_hardly_moves_and_corners_come_down_and_together() -> None:
    moved = (opened(0.2).points - FACE.points)[PARTS["lips_outer"]] / SIDE_PX
    assert abs(moved[15, 1]) < 0.02
    right, left = moved[0], moved[10]
    assert 0.02 < right[1] < 0.15 and 0.02 < left[1] < 0.15
    assert right[0] > 0 > left[0]  # the driver's right is on the picture's left


def test_it_is_dark_between_the_lips_and_nowhere_else() -> None:
    now = opened(0.2)
    lips = now.points[PARTS["lips_inner"]]
    x, y = np.rint((lips[5] + lips[15]) / 2).astype(int)
    assert now.picture[y, x] < 0.6 * np.median(FACE.picture[y - 3 : y + 3, x - 3 : x + 3])
    above = int(FACE.points[PARTS["eyelid_left"], 1].max())
    np.testing.assert_array_equal(now.picture[:above], FACE.picture[:above])


def test_points_lie_where_the_picture_moved_to() -> None:
    """A dot painted between lip and chin is found where a point there goes."""
    lip, chin = FACE.points[PARTS["lips_outer"]][5], FACE.points[CHIN]
    middle = (lip + chin) / 2
    marked_points = FACE.points.copy()
    marked_points[CHIN + 1] = middle  # a point of the oval's stands in for a freckle
    dark = FACE.picture.copy()
    x, y = np.rint(middle).astype(int)
    dark[y - 1 : y + 2, x - 1 : x + 2] = 0
    plain = UprightFace(FACE.picture, marked_points, FACE.crop, FACE.source_scale)
    marked = UprightFace(dark, marked_points, FACE.crop, FACE.source_scale)
    move = MouthMove(drop=0.15)
    difference = with_mouth(plain, move).picture.astype(int) - with_mouth(marked, move).picture
    rows, columns = np.nonzero(difference > 20)
    found = np.array([columns.mean(), rows.mean()])
    np.testing.assert_allclose(found, with_mouth(marked, move).points[CHIN + 1], atol=1.5)


def test_openness_rises_with_the_aspect_as_the_teacher_tells_it() -> None:
    told = [openness_of_lips(aspect) for aspect in (0.0, 0.2, 0.6, 0.9, 1.5)]
    assert told == sorted(told)
    assert told[0] == 0.0 and told[-1] == 1.0
    assert 0.5 < told[2] < 0.65  # the teacher's median: 0.57 of a gap of 0.155 and a width of 0.26


def test_a_round_mouth_is_open_and_a_wide_one_of_the_same_gap_smiles() -> None:
    inner = PARTS["lips_inner"]
    wide = opened(0.15)
    lips = wide.points[inner]
    middle = lips.mean(axis=0)
    points = wide.points.copy()
    points[inner] = middle + (lips - middle) * np.array([0.7, 1.0], dtype=np.float32)
    narrow = UprightFace(wide.picture, points, wide.crop, wide.source_scale)
    assert lips_gap(narrow) == pytest.approx(lips_gap(wide))
    assert lips_aspect(narrow) == pytest.approx(lips_aspect(wide) / 0.7, rel=0.01)


def test_a_turned_head_does_not_round_the_mouth() -> None:
    face_opened = opened(0.15)
    middle = face_opened.points.mean(axis=0)
    turned = middle + (face_opened.points - middle) * np.array([0.8, 1.0], dtype=np.float32)
    narrowed = UprightFace(face_opened.picture, turned, face_opened.crop, face_opened.source_scale)
    assert lips_aspect(narrowed) == pytest.approx(lips_aspect(face_opened), rel=0.02)


def test_mouth_beyond_the_picture_is_left_alone() -> None:
    outside = FACE.points + np.array([0, len(FACE.picture) * 0.4], dtype=np.float32)
    beyond = UprightFace(FACE.picture, outside, FACE.crop, FACE.source_scale)
    assert not mouth_can_open(beyond)
    assert with_mouth(beyond, MouthMove(drop=0.2)) is beyond


def test_moves_are_drawn_from_speech_to_yawns() -> None:
    rng = np.random.default_rng(0)
    drops = np.array([MouthMove.drawn(rng).drop for _ in range(300)])
    assert 0.01 <= drops.min() < 0.03 and 0.2 < drops.max() <= 0.22
