"""The sanity bar: MediaPipe, which has never seen the drawings, reads from them what was scripted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.simulated_heads import SCRIPTS, HeadFigures, chosen_portraits, measured, really_shut
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker

LEAST_CORRELATION, LEAST_SHARE = 0.95, 0.8
PORTRAITS = 20

pytestmark = [pytest.mark.mediapipe_model, pytest.mark.real_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def teacher(face_landmarker_path: Path) -> MediaPipeLandmarker:
    return MediaPipeLandmarker(face_landmarker_path)


@pytest.fixture(scope="module")
def heads(teacher: MediaPipeLandmarker, data_dir: Path) -> list[HeadFigures]:
    portraits = chosen_portraits(data_dir / "faces" / "faces.tar", teacher, PORTRAITS)
    return [measured(portrait, teacher) for portrait in portraits]


@pytest.mark.parametrize("script", SCRIPTS)
def test_readings_rise_with_the_script(heads: list[HeadFigures], script: str) -> None:
    assert len(heads) == PORTRAITS
    assert np.median([head.correlation[script] for head in heads]) >= LEAST_CORRELATION


def test_shut_eyes_are_read_nearly_as_real_ones(
    heads: list[HeadFigures], teacher: MediaPipeLandmarker, data_dir: Path
) -> None:
    real = float(np.median(really_shut(data_dir / "truth" / "eyes.csv", teacher)))
    assert np.median([head.shut for head in heads]) >= LEAST_SHARE * real
