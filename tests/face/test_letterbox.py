"""Where a frame lies in the detector's square."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.face.letterbox import DETECTOR_SIZE_PX, letterbox_of, letterboxed

SIZES = [(640, 480), (480, 640), (1920, 1080), (320, 240), (97, 61), (192, 192), (4000, 3)]


def square(luma: np.ndarray) -> np.ndarray:
    out = np.full((DETECTOR_SIZE_PX, DETECTOR_SIZE_PX), 7.0, dtype=np.float32)
    letterboxed(luma, letterbox_of(luma.shape[1], luma.shape[0]), out)
    return out


@pytest.mark.parametrize(("width_px", "height_px"), SIZES)
def test_points_go_to_the_square_and_back(width_px: int, height_px: int) -> None:
    box = letterbox_of(width_px, height_px)
    corners = np.array([[0, 0], [width_px, height_px], [width_px / 3, height_px / 7]], np.float32)
    inside = box.to_square(corners)
    assert np.allclose(box.to_frame(inside), corners, atol=1e-2)
    assert inside.min() >= 0.0
    assert inside.max() <= DETECTOR_SIZE_PX
    assert max(box.width_px, box.height_px) == DETECTOR_SIZE_PX


def test_bars_beside_the_frame_hold_its_mean_and_nothing_of_the_last_frame() -> None:
    luma = np.random.default_rng(1).integers(0, 256, (480, 640)).astype(np.uint8)
    out = square(luma)
    assert not out[:24].any()
    assert not out[-24:].any()
    picture = out[24:-24]
    assert picture.mean() == pytest.approx(0.0, abs=1e-3)
    assert picture.std() == pytest.approx(1.0, abs=1e-3)


def test_spot_of_the_frame_is_where_the_letterbox_says() -> None:
    luma = np.zeros((480, 640), dtype=np.uint8)
    luma[100:110, 500:510] = 255
    row, column = np.unravel_index(int(square(luma).argmax()), (192, 192))
    x, y = letterbox_of(640, 480).to_square(np.array([505.0, 105.0], dtype=np.float32))
    assert abs(column + 0.5 - x) <= 1.0
    assert abs(row + 0.5 - y) <= 1.0


def test_brightness_and_contrast_of_the_frame_do_not_matter() -> None:
    luma = np.random.default_rng(1).integers(0, 100, (480, 640)).astype(np.uint8)
    steps = np.abs(square(luma) - square(luma * 2 + 30))
    assert steps.max() < 0.15  # one grey level of a picture this flat
