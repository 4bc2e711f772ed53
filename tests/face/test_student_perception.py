"""A student's pictures and answers, with sessions that answer what the test has written."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import PARTS, named
from edge_app.face.letterbox import letterbox_of
from edge_app.face.luma_reach import luma_around
from edge_app.face.student_crops import (
    anchors_of,
    cut_eye,
    cut_face,
    eye_crop,
    eye_points_to_frame,
    face_crop,
    face_points_to_frame,
    standardized,
)
from tests.face.students import (
    CROP,
    GivenSession,
    Student,
    detector_outputs,
    eyes_outputs,
    face_outputs,
    face_points,
    upright_face,
)

COLOUR = cv2.GaussianBlur(
    np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8), (0, 0), 3
)
COLOUR = cv2.normalize(COLOUR, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
LUMA = np.asarray(cv2.cvtColor(COLOUR, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def saying_the_second() -> GivenSession:
    """The part `expression` with three classes."""
    return GivenSession({"expression": np.array([[0.0, 2.0, 0.0]], dtype=np.float32)})


@pytest.mark.parametrize("image", [COLOUR, LUMA], ids=["colour", "luma"])
@pytest.mark.parametrize(
    "crop", [CROP, FaceCrop(20.0, 30.0, 300.0, -0.4), FaceCrop(600.0, 470.0, 90.0, 0.0)]
)
def test_models_are_shown_what_the_crops_of_the_whole_frame_show(
    image: np.ndarray, crop: FaceCrop
) -> None:
    student = Student()
    student.perception.observe(image, crop)
    expected = standardized(cut_face(LUMA, crop, 112))
    shown = student.face.shown[0]["face"]
    assert shown.shape == (1, 1, 112, 112)
    # One grey level here and there: a crop of a piece is interpolated on another grid of fractions.
    assert np.abs(shown[0, 0] - expected).mean() < 0.01
    points = face_points_to_frame(face_points(), crop)
    for row, (side, mirrored) in enumerate((("left", False), ("right", True))):
        start = PARTS[f"eyelid_{side}"].start
        center = (points[start] + points[start + 8]) / 2
        eye = eye_crop(center, face_crop(anchors_of(points)))
        shown_eye = student.eyes.shown[0]["eyes"][row, 0]
        picture = standardized(cut_eye(LUMA, eye, mirrored=mirrored))
        assert np.abs(shown_eye - picture).mean() < 0.02, side


def test_landmarks_are_told_in_the_frame_and_place_the_next_crop() -> None:
    seen = Student().perception.observe(COLOUR, CROP)
    expected = face_points_to_frame(face_points(), CROP)
    assert np.allclose(seen.landmarks.lips_outer, named(expected).lips_outer, atol=1e-3)
    # The points were written where the crop's own rule wants them.
    assert seen.next_crop.center_x_px == pytest.approx(CROP.center_x_px, abs=0.1)
    assert seen.next_crop.center_y_px == pytest.approx(CROP.center_y_px, abs=0.1)
    assert seen.next_crop.side_px == pytest.approx(CROP.side_px, rel=1e-3)
    assert seen.next_crop.roll_rad == pytest.approx(CROP.roll_rad, abs=1e-3)


def test_closing_eyes_and_opening_mouth_do_not_move_the_next_crop() -> None:
    moved = face_points()
    for part in ("eyelid_left", "eyelid_right"):
        lids = [PARTS[part].start + row for row in range(16) if row not in (0, 8)]
        moved[lids, 1] += 0.05
    moved[PARTS["lips_outer"], 1] += 0.1
    moved[PARTS["oval"], 1] += 0.1
    student = Student(face=GivenSession(face_outputs(landmarks=moved.reshape(1, -1))))
    still = Student().perception.observe(COLOUR, CROP)
    assert student.perception.observe(COLOUR, CROP).next_crop == still.next_crop


def test_irises_come_from_the_eye_pictures_the_right_one_through_its_mirror() -> None:
    seen = Student().perception.observe(COLOUR, CROP)
    points = face_points_to_frame(face_points(), CROP)
    for side, sign, iris in (
        ("left", 1.0, seen.landmarks.iris_left),
        ("right", -1.0, seen.landmarks.iris_right),
    ):
        start = PARTS[f"eyelid_{side}"].start
        eye = eye_crop((points[start] + points[start + 8]) / 2, seen.next_crop)
        offset = np.array([[sign * 0.02, -0.01]], dtype=np.float32)
        center = eye_points_to_frame(offset, eye, mirrored=False)[0]
        assert iris[0] == pytest.approx(center, abs=0.01)
        radius_px = np.linalg.norm(iris[1:] - iris[0], axis=1)
        assert radius_px == pytest.approx(np.full(4, 0.1 * eye.side_px), rel=1e-3)
        # Rim: the face's right in the picture comes first, whichever eye.
        upright_x = (iris - iris[0]) @ np.array([math.cos(CROP.roll_rad), math.sin(CROP.roll_rad)])
        assert upright_x[1] > 0 > upright_x[3]


def test_each_eye_is_the_drivers_own() -> None:
    seen = Student().perception.observe(COLOUR, CROP)
    reach = OPEN_EYE - SHUT_EYE
    assert seen.eye_openness_left.value == pytest.approx(SHUT_EYE + 0.9 * reach)
    assert seen.eye_openness_right.value == pytest.approx(SHUT_EYE + 0.3 * reach)
    assert seen.visibility is not None and seen.visibility.eye_left > 0.9
    # The driver's left eye is on the picture's right.
    assert seen.landmarks.eyelid_left[0, 0] > seen.landmarks.eyelid_right[0, 0]


def test_quality_is_the_models_blur_and_the_pictures_own_light() -> None:
    seen = Student().perception.observe(np.full_like(LUMA, 30), CROP)
    assert seen.quality is not None
    assert seen.quality.blur_px == pytest.approx(0.7)
    assert seen.quality.bright_luma == 30
    assert seen.quality.saturated_share == 0.0
    assert seen.quality.eye_distance_px == pytest.approx(CROP.side_px / 3.2, rel=1e-3)
    glare = Student().perception.observe(np.full_like(LUMA, 255), CROP).quality
    assert glare is not None and glare.saturated_share == 1.0


@pytest.mark.parametrize("landmarks", [np.full((1, 292), np.nan), np.zeros((1, 292))])
def test_landmarks_that_are_no_face_are_no_presence(landmarks: np.ndarray) -> None:
    student = Student(face=GivenSession(face_outputs(landmarks=landmarks)))
    seen = student.perception.observe(COLOUR, CROP)
    assert seen.presence == 0.0
    assert seen.next_crop == CROP


@pytest.mark.parametrize(
    "crop",
    [
        FaceCrop(-5000.0, 240.0, 200.0, 0.0),
        FaceCrop(320.0, 240.0, 1e-3, 0.0),
        FaceCrop(320.0, 240.0, 1e6, 3.0),
    ],
)
def test_crop_beside_the_frame_is_stood(crop: FaceCrop) -> None:
    student = Student()
    student.perception.observe(COLOUR, crop)
    assert np.isfinite(student.face.shown[0]["face"]).all()
    assert np.isfinite(student.eyes.shown[0]["eyes"]).all()


def test_only_what_the_crop_can_reach_is_made_luma() -> None:
    reach = luma_around(COLOUR, FaceCrop(320.0, 240.0, 100.0, 0.0))
    assert reach.luma.shape[0] <= 110 and reach.luma.shape[1] <= 110
    at = reach.moved(FaceCrop(320.0, 240.0, 100.0, 0.0))
    assert reach.luma[round(at.center_y_px), round(at.center_x_px)] == LUMA[240, 320]


def test_expression_that_nobody_asked_for_is_not_offered() -> None:
    perception = Student().perception
    assert perception.expression_labels == ()
    assert perception.observe(COLOUR, CROP).expression is None


def test_expression_is_read_from_the_picture_that_the_face_is_read_from() -> None:
    student = Student(expression=saying_the_second())
    perception = student.perception
    seen = perception.observe(COLOUR, CROP)
    assert len(perception.expression_labels) == 3
    assert seen.expression is not None
    assert max(seen.expression) == seen.expression[1]
    assert student.expression is not None
    assert np.array_equal(student.expression.shown[0]["face"], student.face.shown[0]["face"])


class LeftBright(GivenSession):
    """Says the first class where the left half is brighter, else the second."""

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        super().run(inputs)
        face = inputs["face"][0, 0]
        lead = float(face[:, :56].mean() - face[:, 56:].mean())
        return {"expression": np.array([[lead, -lead, 0.5]], dtype=np.float32)}


def test_expression_is_the_mean_of_the_face_and_its_mirror_image() -> None:
    lopsided = np.zeros((480, 640), dtype=np.uint8)
    lopsided[:, : round(CROP.center_x_px)] = 200
    student = Student(expression=LeftBright({}))
    seen = student.perception.observe(lopsided, CROP)
    assert student.expression is not None
    face, mirrored = (shown["face"] for shown in student.expression.shown)
    assert abs(float(face[..., :56].mean() - face[..., 56:].mean())) > 1
    assert np.array_equal(face[..., ::-1], mirrored)
    # What only one side says cancels out.
    assert seen.expression is not None
    assert seen.expression[0] == pytest.approx(seen.expression[1], abs=1e-5)
    assert max(seen.expression) == seen.expression[2]


@pytest.mark.parametrize("face_size_px", [112, 224])
def test_expression_alone_is_the_one_that_is_observed(face_size_px: int) -> None:
    perception = Student(expression=LeftBright({}), face_size_px=face_size_px).perception
    seen = perception.observe(COLOUR, CROP).expression
    elsewhere = perception.observe(COLOUR, FaceCrop(20.0, 30.0, 300.0, -0.4)).expression
    assert perception.expression_at(COLOUR, CROP) == seen != elsewhere
    assert Student().perception.expression_at(COLOUR, CROP) is None


def test_expression_has_a_crop_of_its_own_where_the_face_is_read_from_a_larger_one() -> None:
    usual, large = Student(expression=saying_the_second()), Student(expression=saying_the_second())
    large.face_size_px = 224
    for student in (usual, large):
        student.perception.observe(COLOUR, CROP)
    assert large.face.shown[0]["face"].shape == (1, 1, 224, 224)
    assert usual.expression is not None and large.expression is not None
    assert np.array_equal(large.expression.shown[0]["face"], usual.expression.shown[0]["face"])


def test_detector_is_shown_the_whole_frame_as_luma() -> None:
    face = upright_face(320, 240, 60)
    student = Student(detector=GivenSession(detector_outputs([face], letterbox_of(640, 480))))
    (in_colour,) = student.perception.detect(COLOUR)
    (in_luma,) = student.perception.detect(LUMA)
    assert in_colour == in_luma
    assert np.allclose(*(shown["image"] for shown in student.detector.shown), atol=1e-6)


def test_hidden_eyes_are_told_by_their_pictures() -> None:
    student = Student(eyes=GivenSession(eyes_outputs(visible=[[-9.0], [5.0]])))
    visibility = student.perception.observe(COLOUR, CROP).visibility
    assert visibility is not None
    assert visibility.eye_left < 0.5 < visibility.eye_right
