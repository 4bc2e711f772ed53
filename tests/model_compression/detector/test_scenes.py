"""Composed frames: points lie on the faces they name, and what cannot be judged is left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_app.face.landmark_layout import PARTS
from model_compression.augmentation.backgrounds import BackgroundStock
from model_compression.augmentation.non_faces import face_covered, face_taken_away
from model_compression.augmentation.portraits import (
    BOX_SIDE,
    Portraits,
    face_square,
    five_points,
    portrait_of,
)
from model_compression.augmentation.scene_stage import Placed, Stage, warped
from model_compression.augmentation.scenes import SceneComposer, _placed_points
from model_compression.training.seeds import generator_at
from tests.model_compression.detector.painted_people import face, labelled_set, landmarks

NOBODY = np.zeros((0, 4), dtype=np.float32)


def dots_at(points: np.ndarray) -> np.ndarray:
    """A dark picture with a bright spot at each of the points."""
    picture = np.zeros((200, 200), dtype=np.float32)
    y, x = np.mgrid[:200, :200]
    for spot in points:
        picture += 255 * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (2 * 4.0**2))
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("scale", [0.2, 0.35, 0.7, 1.6])
def test_what_lies_at_a_point_stays_there_however_much_the_picture_shrinks(scale: float) -> None:
    spot = np.array([103.0, 88.0])
    matrix = np.array([[scale, 0, 4.3], [0, scale, 7.8]], dtype=np.float32)
    small = warped(dots_at(spot[None]), matrix, (330, 330), aliased=False).astype(np.float64)
    y, x = np.mgrid[:330, :330]
    seen = np.array([(small * x).sum(), (small * y).sum()]) / small.sum()
    assert seen == pytest.approx(matrix[:, :2] @ spot + matrix[:, 2], abs=0.06)


def test_points_of_a_mirrored_face_keep_the_driver_s_own_sides() -> None:
    points = landmarks()
    portrait = portrait_of(face(points), points, NOBODY, tight=False)
    matrix = np.array([[-1, 0, 95], [0, 1, 0]], dtype=np.float32)
    eye_right, eye_left, _, mouth_right, mouth_left = _placed_points(portrait, matrix)
    assert eye_right[0] < eye_left[0] and mouth_right[0] < mouth_left[0]


def test_lids_and_mouth_do_not_move_the_box() -> None:
    points = landmarks()
    yawning = points.copy()
    yawning[PARTS["lips_outer"]] += (0, 12)
    yawning[PARTS["eyelid_left"]][1:8] += (0, -4)
    assert face_square(five_points(yawning)) == face_square(five_points(points))


def test_box_reaches_from_the_brows_to_the_chin() -> None:
    points = landmarks()
    x, y, side, roll = face_square(five_points(points))
    oval, brows = points[PARTS["oval"]], points[PARTS["brow_left"]]
    assert roll == pytest.approx(0)
    assert x == pytest.approx(48)
    assert y - side / 2 <= brows[:, 1].min()
    assert y + side / 2 == pytest.approx(oval[:, 1].max(), abs=0.1 * side)
    assert side == pytest.approx(BOX_SIDE * 3.2 * 26, rel=0.01)


def test_same_place_in_a_run_gives_the_same_scene_whatever_came_before(
    portraits: Portraits,
) -> None:
    first = SceneComposer(portraits, BackgroundStock(3, count=5), size_px=96)
    second = SceneComposer(portraits, BackgroundStock(3, count=5), size_px=96)
    for number in range(6):
        second.compose(generator_at(0, 0, number))
    for number in (7, 2):
        one, other = (c.compose(generator_at(0, 0, number)) for c in (first, second))
        assert np.array_equal(one.frame, other.frame)
        assert np.array_equal(one.points, other.points)


def test_scene_without_people_has_no_face(portraits: Portraits) -> None:
    composer = SceneComposer(portraits, BackgroundStock(0, count=5), size_px=96)
    for number in range(25):
        assert len(composer.compose(generator_at(1, number), empty=True).points) == 0


def test_faces_asked_for_are_large_enough_upright_enough_and_in_the_frame(
    portraits: Portraits,
) -> None:
    composer = SceneComposer(portraits, BackgroundStock(0, count=5), size_px=192)
    sides = []
    for number in range(40):
        scene = composer.compose(generator_at(2, number), empty=False)
        height, width = scene.frame.shape
        assert max(height, width) == 192
        for points in scene.points:
            x, y, side, roll = face_square(points)
            assert 0 < x < width and 0 < y < height
            assert side >= 8.5 and abs(roll) <= np.radians(60)
            sides.append(side)
    assert min(sides) < 20 and max(sides) > 90


def test_face_that_something_covers_is_neither_face_nor_background() -> None:
    points = landmarks()
    stage = Stage(face(points))
    stage.faces.append(_face_of(points))
    cover = np.full((96, 48), 128, dtype=np.uint8)
    still = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    stage.put(cover, still, None, softness_px=0.0, tone=(1.0, 0.0), aliased=False)
    scene = stage.finished(stage.frame, 8.5)
    assert len(scene.points) == 0 and len(scene.ignored) == 1


def test_face_of_which_light_left_nothing_is_not_asked_for() -> None:
    points = landmarks()
    stage = Stage(face(points))
    stage.faces.append(_face_of(points))
    assert len(stage.finished(stage.frame, 8.5).points) == 1
    white = np.full_like(stage.frame, 255)
    assert len(stage.finished(white, 8.5).points) == 0


def test_second_face_without_points_is_left_out_of_the_background() -> None:
    labelled = labelled_set(people=3)
    other = np.array([[2, 2, 14, 16]], dtype=np.float32)
    portraits = Portraits([(labelled, np.arange(3), [other] * 3, 1.0)])
    composer = SceneComposer(portraits, BackgroundStock(0, count=3), size_px=96)
    scenes = [composer.compose(generator_at(3, number), empty=False) for number in range(10)]
    assert all(len(scene.ignored) >= 1 for scene in scenes)


@pytest.mark.parametrize("margin_px", [0, 30])
def test_face_taken_away_leaves_nothing_of_itself_not_even_blurred(margin_px: int) -> None:
    """Also where the picture is nothing but the face, so that nothing is left to continue from."""
    points = landmarks()
    oval = points[PARTS["oval"]]
    low = np.maximum(np.floor(oval.min(axis=0)).astype(int) - margin_px, 0)
    high = np.ceil(oval.max(axis=0)).astype(int) + margin_px
    picture = face(points)[low[1] : high[1], low[0] : high[0]]
    moved = points - low.astype(np.float32)
    portrait = portrait_of(picture, moved, NOBODY, tight=margin_px == 0)
    stock = BackgroundStock(0, count=3)
    eyes = np.rint(portrait.points[:2]).astype(int)
    cheek = np.rint(portrait.points[:2] + np.float32((0, 12))).astype(int)
    kept = []
    for number in range(30):
        gone = face_taken_away(np.random.default_rng(number), portrait, stock).astype(np.float64)
        blurred = cv2.GaussianBlur(gone, (0, 0), 2.0)
        kept.append((blurred[cheek[:, 1], cheek[:, 0]] - blurred[eyes[:, 1], eyes[:, 0]]).min())
    shown = cv2.GaussianBlur(picture.astype(np.float64), (0, 0), 2.0)
    contrast = (shown[cheek[:, 1], cheek[:, 0]] - shown[eyes[:, 1], eyes[:, 0]]).min()
    assert np.mean(np.array(kept) > 0.5 * contrast) < 0.1


def test_covered_face_still_shows_some_of_itself() -> None:
    points = landmarks()
    portrait = portrait_of(face(points), points, NOBODY, tight=False)
    inside = np.zeros_like(portrait.luma)
    cv2.fillConvexPoly(inside, np.rint(portrait.outline).astype(np.int32), 1)
    for number in range(12):
        covered = face_covered(np.random.default_rng(number), portrait, BackgroundStock(0, count=3))
        same = (covered == portrait.luma)[inside > 0].mean()
        assert 0.25 < same < 1


def _face_of(points: np.ndarray) -> Placed:
    return Placed(five_points(points) + np.float32(0.5), 0.0)
