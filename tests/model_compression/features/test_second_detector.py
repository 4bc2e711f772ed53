"""YuNet from its file: squares as large as Vigil's own, and faces that Vigil's detector does not see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.inference.model_files import find_model
from edge_app.inference.session import ModelFileError
from model_compression.data.features.all_faces import AllFaces
from model_compression.data.features.second_detector import YuNet
from tests.model_compression.features.drawn_videos import face, framed

FILE = "face_detection_yunet_2023mar.onnx"


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    try:
        return YuNet(find_model(FILE))
    except ModelFileError:
        pytest.skip(f"no {FILE}: set VIGIL_MODELS to the folder of OpenCV Zoo's file")


def test_both_detectors_draw_the_same_square_around_a_face(yunet: YuNet) -> None:
    frame = framed(face(240))
    (own,) = AllFaces().find(frame).squares
    (other,) = yunet.squares(frame)
    assert other.side_px == pytest.approx(own.side_px, rel=0.08)
    assert other.center_x_px == pytest.approx(own.center_x_px, abs=0.05 * own.side_px)
    assert other.center_y_px == pytest.approx(own.center_y_px, abs=0.05 * own.side_px)


def test_a_small_face_that_vigil_misses_is_rescued(yunet: YuNet) -> None:
    frame = framed(face(80))
    assert not AllFaces().find(frame).squares
    found = AllFaces(yunet).find(frame)
    assert found.rescued and len(found.squares) == 1


def test_a_large_frame_is_searched_smaller_and_answered_in_its_own_pixels(yunet: YuNet) -> None:
    (small,) = yunet.squares(framed(face(240)))
    large_frame = np.kron(framed(face(240)), np.ones((3, 3, 1), np.uint8))
    (large,) = yunet.squares(large_frame)
    assert large.side_px == pytest.approx(3 * small.side_px, rel=0.05)


def test_what_is_no_detector_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        YuNet(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"nothing")
    with pytest.raises(UserError, match="no file of YuNet's"):
        YuNet(tmp_path / FILE)
