"""From the detector's numbers back to the faces that they were written from."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.face.letterbox import letterbox_of
from edge_app.face.student_crops import Anchors, face_crop
from edge_app.face.student_detector import StudentDetector
from tests.face.students import GivenSession, TrueFace, detector_outputs, upright_face

WIDTH_PX, HEIGHT_PX = 640, 480
LUMA = np.random.default_rng(1).integers(0, 256, (HEIGHT_PX, WIDTH_PX)).astype(np.uint8)
LETTERBOX = letterbox_of(WIDTH_PX, HEIGHT_PX)


def detector(*faces: TrueFace, min_score: float = 0.5) -> StudentDetector:
    return StudentDetector(
        GivenSession(detector_outputs(list(faces), LETTERBOX)), min_score=min_score
    )


@pytest.mark.parametrize(
    "face", [upright_face(320, 240, 60), upright_face(51, 72, 14), upright_face(600, 400, 150)]
)
def test_face_comes_back_from_its_cell(face: TrueFace) -> None:
    (found,) = detector(face).detect(LUMA)
    assert found.box == pytest.approx(face.box, abs=0.1)
    assert found.score == pytest.approx(1 / (1 + np.exp(-face.logit)), abs=1e-5)
    expected = face_crop(Anchors(face.points[0], face.points[1], face.points[2]))
    assert found.crop.center_x_px == pytest.approx(expected.center_x_px, abs=0.1)
    assert found.crop.center_y_px == pytest.approx(expected.center_y_px, abs=0.1)
    assert found.crop.side_px == pytest.approx(expected.side_px, rel=1e-3)
    assert found.crop.roll_rad == pytest.approx(expected.roll_rad, abs=1e-3)


def test_two_people_are_two_faces_the_surer_first() -> None:
    passenger, driver = upright_face(150, 200, 40, logit=2.0), upright_face(470, 230, 70, logit=5.0)
    found = detector(passenger, driver).detect(LUMA)
    assert [face.box[0] for face in found] == pytest.approx(
        [driver.box[0], passenger.box[0]], abs=1
    )


def test_one_face_seen_in_several_cells_is_one() -> None:
    faces = [upright_face(320 + 60 * i, 240, 90, logit=4.0 - i) for i in range(2)]
    (found,) = detector(*faces).detect(LUMA)
    assert found.box == pytest.approx(faces[0].box, abs=0.1)


def test_cell_beside_a_hotter_one_is_no_face_of_its_own() -> None:
    # Of boxes too small to overlap.
    hot, beside = upright_face(320, 240, 3, logit=5.0), upright_face(320 + 26, 240, 3, logit=4.0)
    assert len(detector(hot, beside).detect(LUMA)) == 1


def test_what_is_below_the_score_is_no_face() -> None:
    face = upright_face(320, 240, 60, logit=0.5)
    assert len(detector(face, min_score=0.6).detect(LUMA)) == 1
    assert detector(face, min_score=0.65).detect(LUMA) == []


def test_cells_that_hold_no_numbers_are_no_faces() -> None:
    outputs = detector_outputs([upright_face(320, 240, 60)], LETTERBOX)
    outputs["points"][:] = np.nan
    assert StudentDetector(GivenSession(outputs)).detect(LUMA) == []
    outputs = detector_outputs([upright_face(320, 240, 60)], LETTERBOX)
    outputs["heat"][:] = np.nan
    assert StudentDetector(GivenSession(outputs)).detect(LUMA) == []


def test_absurd_sizes_stay_finite() -> None:
    outputs = detector_outputs([upright_face(320, 240, 60)], LETTERBOX)
    outputs["box"][0, 2:] = 1e6
    for face in StudentDetector(GivenSession(outputs)).detect(LUMA):
        assert np.isfinite([*face.box, face.crop.side_px]).all()


def test_tall_frame_is_looked_at_whole() -> None:
    tall = np.ascontiguousarray(LUMA.T)
    letterbox = letterbox_of(HEIGHT_PX, WIDTH_PX)
    face = upright_face(240, 500, 50)
    session = GivenSession(detector_outputs([face], letterbox))
    (found,) = StudentDetector(session).detect(tall)
    assert found.box == pytest.approx(face.box, abs=0.1)
    assert session.shown[0]["image"].shape == (1, 1, 192, 192)
