"""The test's own eyelids: apertures are what they are said to be, and nothing is shared with the training."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from edge_app.face.landmark_layout import PARTS
from model_compression.augmentation.upright_face import upright_face
from model_compression.evaluation import eye_opening, lid_unrolling, thin_plate
from model_compression.evaluation.kinds.warped import by_second_renderer, by_training_renderer
from model_compression.evaluation.lid_unrolling import with_apertures
from model_compression.evaluation.thin_plate import ThinPlate
from tests.model_compression.augmentation.drawn_face import drawn_face

BOTH = ("left", "right")


@pytest.mark.parametrize("roll_deg", [0.0, 14.0])
@pytest.mark.parametrize("aperture", [0.0, 0.2, 0.5, 0.8])
def test_what_is_left_of_the_opening_is_the_share_asked_for(
    aperture: float, roll_deg: float
) -> None:
    face = drawn_face(size_px=320, eye_distance_px=90, roll_deg=roll_deg)
    for side in BOTH:
        whole = with_apertures(face.picture, face.points, {side: 1.0}).opening
        left = with_apertures(face.picture, face.points, {side: aperture}).opening
        assert left.sum() == pytest.approx(aperture * whole.sum(), abs=0.01 * whole.sum())
        if roll_deg == 0:
            # And over every column, to what three samples a pixel can tell.
            assert np.abs(left.sum(axis=0) - aperture * whole.sum(axis=0)).max() < 0.7


def test_the_whole_opening_is_that_of_the_contour() -> None:
    face = drawn_face(size_px=320, eye_distance_px=90)
    opening = with_apertures(face.picture, face.points, {"left": 1.0}).opening
    lid = face.points[PARTS["eyelid_left"]]
    assert opening.sum(axis=0).max() == pytest.approx(float(np.ptp(lid[:, 1])), abs=0.5)


def test_open_eyes_stay_as_they_are() -> None:
    face = drawn_face(size_px=200, eye_distance_px=60)
    assert np.array_equal(
        with_apertures(face.picture, face.points, dict.fromkeys(BOTH, 1.0)).picture, face.picture
    )


def test_shut_lids_show_skin_where_the_eye_was() -> None:
    """The drawn eye is white (230) with a dark iris (30) on skin of 150."""
    face = drawn_face(size_px=320, eye_distance_px=90)
    before = with_apertures(face.picture, face.points, dict.fromkeys(BOTH, 1.0)).opening > 0.99
    shut = with_apertures(face.picture, face.points, dict.fromkeys(BOTH, 0.0)).picture[before]
    assert (face.picture[before] > 200).mean() > 0.3
    assert (shut > 200).mean() < 0.02
    assert 130 < np.median(shut) < 180


def test_nothing_changes_far_from_the_eyes() -> None:
    face = drawn_face(size_px=320, eye_distance_px=90)
    shut = with_apertures(face.picture, face.points, dict.fromkeys(BOTH, 0.0)).picture
    mouth = face.points[PARTS["lips_outer"]]
    assert np.array_equal(shut[int(mouth[:, 1].min()) :], face.picture[int(mouth[:, 1].min()) :])


@pytest.mark.parametrize("renderer", [by_training_renderer, by_second_renderer])
def test_renderers_of_the_figure_agree_on_what_a_quarter_is_and_not_on_its_picture(
    renderer: object,
) -> None:
    drawn = drawn_face(size_px=320, eye_distance_px=80)
    face = upright_face(drawn.picture, drawn.points)
    apertures = dict.fromkeys(BOTH, 0.25)
    shown = renderer(face, apertures)  # type: ignore[operator]
    lid = face.points[PARTS["eyelid_left"]]
    column = round(float((lid[0, 0] + lid[4, 0]) / 2))  # white of the eye, beside the iris
    top, bottom = int(lid[:, 1].min()) - 3, int(lid[:, 1].max()) + 4
    white = (shown[top:bottom, column].astype(float) - 150).clip(0).sum() / 80
    whole = (face.picture[top:bottom, column].astype(float) - 150).clip(0).sum() / 80
    assert white == pytest.approx(0.25 * whole, abs=1.6)
    other = by_second_renderer if renderer is by_training_renderer else by_training_renderer
    assert (np.abs(shown.astype(int) - other(face, apertures)) > 10).mean() > 0.001


def test_a_face_partly_outside_or_tiny_does_no_harm() -> None:
    for face in (
        drawn_face(size_px=64, eye_distance_px=20, center=(0.0, 0.1)),
        drawn_face(size_px=64, eye_distance_px=20, center=(4.0, 4.0)),
        drawn_face(size_px=24, eye_distance_px=4),
        drawn_face(size_px=64, eye_distance_px=20, yaw_deg=85),
    ):
        moved = with_apertures(face.picture, face.points, dict.fromkeys(BOTH, 0.3))
        assert moved.picture.shape == face.picture.shape and np.isfinite(moved.opening).all()


def test_thin_plate_moves_the_given_points_and_leaves_a_plane_flat() -> None:
    random = np.random.default_rng(0)
    points, values = random.random((9, 2)), random.random((9, 2))
    assert ThinPlate(points, values).at(points) == pytest.approx(values, abs=1e-6)
    plane = points @ np.array([[2.0, 1.0], [0.5, -1.0]]) + 3.0
    elsewhere = random.random((4, 5, 2)) * 3
    expected = elsewhere @ np.array([[2.0, 1.0], [0.5, -1.0]]) + 3.0
    assert ThinPlate(points, plane).at(elsewhere) == pytest.approx(expected, abs=1e-6)


def test_no_code_is_shared_with_the_training() -> None:
    for module in (eye_opening, lid_unrolling, thin_plate):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert "augmentation" not in node.module, module
