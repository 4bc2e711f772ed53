"""The real model on pictures drawn here: it loads, finds no face where there is none, and stands wild crops."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from edge_app.face.crop import FaceCrop
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from tests.face.faces import textured

pytestmark = pytest.mark.mediapipe_model


@pytest.fixture(scope="module")
def perception(face_landmarker_path: Path) -> MediaPipeLandmarker:
    return MediaPipeLandmarker(face_landmarker_path)


def test_no_face_in_noise_nor_in_a_plain_picture(perception: MediaPipeLandmarker) -> None:
    assert perception.detect(textured()) == []
    assert perception.detect(np.zeros((480, 640, 3), dtype=np.uint8)) == []


def test_crop_without_a_face_has_a_low_presence(perception: MediaPipeLandmarker) -> None:
    seen = perception.observe(textured(), FaceCrop(320.0, 240.0, 200.0, 0.0))
    assert seen.presence < 0.5


@pytest.mark.parametrize(
    "crop",
    [
        FaceCrop(-5000.0, 240.0, 200.0, 0.0),
        FaceCrop(320.0, 240.0, 1e-3, 0.0),
        FaceCrop(320.0, 240.0, 1e6, 3.0),
    ],
)
def test_crop_beside_the_frame_gives_numbers_all_the_same(
    perception: MediaPipeLandmarker, crop: FaceCrop
) -> None:
    seen = perception.observe(textured(), crop)
    assert math.isfinite(seen.next_crop.side_px)
    assert 0.0 <= seen.presence <= 1.0
    assert all(0.0 <= e.value <= 1.0 for e in (seen.eye_openness_left, seen.mouth_openness))


def test_expression_is_not_offered(perception: MediaPipeLandmarker) -> None:
    assert perception.expression_labels == ()
    assert perception.observe(textured(), FaceCrop(320.0, 240.0, 200.0, 0.0)).expression is None
