"""Averaging over views: mirroring there and back, the spread, and what the real teacher says of a real face."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.face.box import Box
from edge_app.face.crop import FaceCrop
from edge_app.face.head_rotation import angles_of, rotation_of
from edge_app.face.landmark_layout import COUNT, PARTS, named, stacked
from edge_app.face.mediapipe_geometry import HeadFit
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from edge_app.face.observation import FaceDetection, FaceLandmarks
from model_compression.data.blendshapes import INDEX, MIRROR_SCORES, NAMES
from model_compression.data.face_search import canvas_of, find_faces
from model_compression.data.picture_set import Picture
from model_compression.data.teacher_labels import (
    FaceLabel,
    View,
    averaged,
    label_picture,
    mirrored,
    mirrored_crop,
    views_of,
)
from tests.model_compression.data.drawn_sets import blobs, face_photograph


def a_view(seed: int = 0, presence: float = 0.9, yaw_rad: float = 0.3) -> View:
    random = np.random.default_rng(seed)
    return View(
        presence,
        random.uniform(0, 100, (COUNT, 2)).astype(np.float32),
        rotation_of(yaw_rad, 0.1, -0.2),
        random.uniform(0, 1, 52).astype(np.float32),
    )


def test_mirrored_twice_is_the_same_view() -> None:
    view = a_view()
    back = mirrored(mirrored(view, 200), 200)
    np.testing.assert_allclose(back.landmarks, view.landmarks, atol=1e-4)
    np.testing.assert_array_equal(back.rotation, view.rotation)
    np.testing.assert_array_equal(back.blendshapes, view.blendshapes)


def test_mirrored_view_turns_the_head_and_swaps_the_sides() -> None:
    view = a_view()
    other = mirrored(view, 200)
    yaw, pitch, roll = angles_of(other.rotation)
    assert (yaw, pitch, roll) == pytest.approx((-0.3, 0.1, 0.2), abs=1e-5)
    assert math.isclose(np.linalg.det(other.rotation), 1.0, rel_tol=1e-5)
    assert other.blendshapes[INDEX["eyeBlinkLeft"]] == view.blendshapes[INDEX["eyeBlinkRight"]]
    outer_left, outer_right = named(other.landmarks).eyelid_left[0], view.landmarks[16]
    np.testing.assert_allclose(outer_left, [199 - outer_right[0], outer_right[1]], atol=1e-4)


def test_scores_without_a_side_stay_where_they_are() -> None:
    assert len(NAMES) == 52
    unmoved = {name for row, name in enumerate(NAMES) if MIRROR_SCORES[row] == row}
    assert not any(name.endswith(("Left", "Right")) for name in unmoved)
    assert {"_neutral", "jawOpen", "mouthPucker"} <= unmoved
    np.testing.assert_array_equal(MIRROR_SCORES[MIRROR_SCORES], np.arange(52))


def test_mirrored_crop_cuts_the_mirrored_pixels() -> None:
    picture = blobs(80, 120)
    crop = FaceCrop(50.0, 37.0, 40.0, 0.3)
    cut = crop.cut(picture, 65).astype(float)[:, 1:][
        :, ::-1
    ]  # pixel i lies 32.5 - i from the middle
    other = mirrored_crop(crop, 120).cut(np.ascontiguousarray(picture[:, ::-1]), 65)[:, 1:]
    assert np.abs(cut - other).max() < 3.0


def test_spread_is_that_between_the_views() -> None:
    view = a_view()
    shifted = View(0.7, view.landmarks + np.float32([2, 0]), view.rotation, view.blendshapes)
    label = averaged([view, shifted])
    assert label.found
    assert label.presence == pytest.approx(0.8)
    np.testing.assert_allclose(label.landmarks, view.landmarks + np.float32([1, 0]), atol=1e-4)
    np.testing.assert_allclose(label.landmark_std, math.sqrt(0.5), atol=1e-4)
    assert label.rotation_std_rad == pytest.approx(0.0, abs=1e-4)


def test_mean_rotation_is_a_rotation_between_the_views() -> None:
    label = averaged([a_view(yaw_rad=0.2), a_view(yaw_rad=0.4)])
    np.testing.assert_allclose(label.rotation @ label.rotation.T, np.eye(3), atol=1e-5)
    assert angles_of(label.rotation)[0] == pytest.approx(0.3, abs=0.01)
    assert label.rotation_std_rad == pytest.approx(0.1, abs=0.01)


def test_face_that_most_views_do_not_show_is_not_found() -> None:
    label = averaged([a_view(presence=0.9), a_view(presence=0.05)])
    assert not label.found
    assert label.presence == pytest.approx(0.475)
    assert not label.landmarks.any()


@dataclass
class _Reading:
    presence: float
    points: NDArray[np.float32]
    scores: NDArray[np.float32]
    fit: HeadFit

    def landmarks(self) -> FaceLandmarks:
        return named(self.points)


class _AllKnowing:
    """A stand-in for the teacher: knows where the face is, and takes a bright corner on the right for a mirror."""

    def __init__(self, truth: View) -> None:
        self._truth = truth

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        box: Box = (100.0, 100.0, 200.0, 200.0)
        return [FaceDetection(box, 0.9, FaceCrop(150.0, 150.0, 120.0, 0.0))]

    def read(self, image: NDArray[np.uint8], crop: FaceCrop) -> _Reading:
        width = image.shape[1]
        seen = mirrored(self._truth, width) if image[0, -1] > image[0, 0] else self._truth
        fit = HeadFit(seen.rotation, 4.0, np.float32([150, 150, 0]))
        return _Reading(seen.presence, seen.landmarks, seen.blendshapes, fit)


def test_views_of_a_teacher_without_error_agree_in_the_pictures_own_pixels() -> None:
    picture = blobs(100, 100)
    picture[0, 0], picture[0, -1] = 255, 0
    truth = a_view()
    label = label_picture(
        _AllKnowing(truth), Picture("a", picture, ("",)), views=4, enlargement=2, seed=0
    )[0]
    assert label.landmark_std.max() < 1e-3
    assert label.rotation_std_rad < 1e-3
    assert label.blendshapes_std.max() < 1e-6
    border = 100  # half of the enlarged picture's side
    expected = (truth.landmarks - border + 0.5) / 2 - 0.5
    np.testing.assert_allclose(label.landmarks, expected, atol=1e-3)


def eye_distance(label: FaceLabel) -> float:
    face = named(label.landmarks)
    centers = [(lid[0] + lid[8]) / 2 for lid in (face.eyelid_left, face.eyelid_right)]
    return float(np.linalg.norm(centers[0] - centers[1]))


@pytest.fixture(scope="module")
def teacher(face_landmarker_path: Path) -> MediaPipeLandmarker:
    return MediaPipeLandmarker(face_landmarker_path)


@pytest.mark.mediapipe_model
def test_plain_and_mirrored_views_of_a_real_face_agree_row_by_row(
    teacher: MediaPipeLandmarker,
) -> None:
    canvas = canvas_of(face_photograph(), 1)
    crop = find_faces(teacher, canvas, 1)[0]
    assert crop is not None
    views = views_of(teacher, canvas, crop, 12, np.random.default_rng(0))
    plain, other = (np.mean([view.landmarks for view in views[n::2]], axis=0) for n in (0, 1))
    apart = np.linalg.norm(plain - other, axis=1) / eye_distance(averaged(views))
    worst = {name: round(float(apart[rows].max()), 3) for name, rows in PARTS.items()}
    assert all(value < 0.07 for value in worst.values()), worst
    assert np.median(apart) < 0.025


@pytest.mark.mediapipe_model
def test_tight_small_picture_of_a_face_is_found_and_labelled_in_its_own_pixels(
    teacher: MediaPipeLandmarker,
) -> None:
    frame = face_photograph()
    seen = teacher.observe(frame, teacher.detect(frame)[0].crop)
    left, top, right, bottom = (round(value) for value in seen.box)
    left -= (bottom - top - (right - left)) // 2  # square, as small sets cut them
    right = left + bottom - top
    tight = cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    small = cv2.resize(tight, (48, 48), interpolation=cv2.INTER_AREA)
    label = label_picture(teacher, Picture("a", small, ("",)), views=4, enlargement=4, seed=0)[0]
    assert label.found
    in_small = (stacked(seen.landmarks) - [left, top]) * [48 / (right - left), 48 / (bottom - top)]
    assert np.median(np.linalg.norm(label.landmarks - in_small, axis=1)) < 1.0
    assert np.median(label.landmark_std) < 0.015 * 2 * eye_distance(label)


@pytest.mark.mediapipe_model
def test_two_people_get_a_label_each_from_left_to_right(teacher: MediaPipeLandmarker) -> None:
    frame = face_photograph()
    two = np.concatenate([frame, frame], axis=1)
    first, second = label_picture(
        teacher, Picture("a", two, ("left", "right")), views=2, enlargement=1, seed=0
    )
    assert first.found
    assert second.found
    apart = (second.landmarks - first.landmarks).mean(axis=0)
    assert apart == pytest.approx([frame.shape[1], 0], abs=5)


@pytest.mark.mediapipe_model
def test_no_face_is_found_where_there_is_none(teacher: MediaPipeLandmarker) -> None:
    labels = label_picture(
        teacher, Picture("a", blobs(120, 120), ("",)), views=2, enlargement=1, seed=0
    )
    assert [label.found for label in labels] == [False]
