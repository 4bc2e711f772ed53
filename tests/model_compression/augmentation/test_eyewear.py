"""Glasses drawn on a face: the labels say what the picture shows."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.face.landmark_layout import PARTS
from model_compression.augmentation.eyewear import with_glasses, with_sunglasses
from model_compression.augmentation.face_frame import face_frame
from model_compression.augmentation.lens_shapes import SHAPES, fitted
from tests.model_compression.augmentation.drawn_face import DrawnFace, drawn_face


def eye_contrast(picture: np.ndarray, face: DrawnFace, side: str) -> float:
    """Grey levels between the white and the iris."""
    lid = face.points[PARTS[f"eyelid_{side}"]]
    low, high = np.floor(lid.min(axis=0)).astype(int), np.ceil(lid.max(axis=0)).astype(int)
    window = picture[low[1] : high[1], low[0] : high[0]].astype(float)
    return float(np.percentile(window, 90) - np.percentile(window, 10))


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_seen_through_black_lenses(seed: int) -> None:
    face = drawn_face()
    worn = with_sunglasses(
        face.picture, face.points, np.random.default_rng(seed), transmittance=0.02
    )
    assert worn.glasses and worn.sunglasses
    assert worn.eye_left_visible is False
    assert worn.eye_right_visible is False


@pytest.mark.parametrize("seed", range(12))
def test_large_clear_lenses_without_glare_leave_the_eyes_visible(seed: int) -> None:
    face = drawn_face()
    worn = with_glasses(face.picture, face.points, np.random.default_rng(seed), glare=False)
    assert worn.glasses and not worn.sunglasses
    # A narrow frame with a thick rim may cross the eye, and then says so; it never hides it.
    assert worn.eye_left_visible is not False
    assert worn.eye_right_visible is not False
    assert eye_contrast(worn.picture, face, "left") > 0.5 * eye_contrast(face.picture, face, "left")


def test_lightly_tinted_lenses_leave_the_eyes_visible() -> None:
    face = drawn_face()
    seen = [
        with_sunglasses(
            face.picture, face.points, np.random.default_rng(seed), transmittance=0.65
        ).eye_left_visible
        for seed in range(20)
    ]
    assert np.mean([value is True for value in seen]) > 0.6


def test_what_glare_hides_is_hidden_in_the_picture() -> None:
    face = drawn_face()
    clear = eye_contrast(face.picture, face, "left")
    hidden = []
    for seed in range(60):
        worn = with_glasses(face.picture, face.points, np.random.default_rng(seed), glare=True)
        if worn.eye_left_visible is False:
            hidden.append(eye_contrast(worn.picture, face, "left") / clear)
    assert hidden
    assert np.median(hidden) < 0.7


def test_eyewear_is_drawn_over_the_eyes_and_nowhere_else() -> None:
    face = drawn_face()
    worn = with_sunglasses(face.picture, face.points, np.random.default_rng(1), transmittance=0.02)
    changed = np.abs(worn.picture.astype(int) - face.picture) > 5
    mouth = face.points[PARTS["lips_outer"]].mean(axis=0).astype(int)
    eye = face.points[PARTS["eyelid_left"]].mean(axis=0).astype(int)
    assert changed[eye[1], eye[0]]
    assert not changed[mouth[1] - 5 :].any()


def test_far_lens_narrows_as_the_head_turns() -> None:
    def widths(yaw_deg: float) -> tuple[float, float]:
        fit = fitted(face_frame(drawn_face(yaw_deg=yaw_deg).points), SHAPES["square"])
        return fit.half_sizes[0][0], fit.half_sizes[1][0]

    right, left = widths(0)
    assert right == pytest.approx(left, rel=0.05)
    right, left = widths(40)  # turned to the picture's right: the driver's left eye is the far one
    assert left < 0.7 * right
