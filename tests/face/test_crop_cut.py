"""The fast way of cutting a face gives the picture that a plain warp gives, also beyond the frame's edge."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_app.face.crop import FaceCrop

NOISE = np.random.default_rng(7).integers(0, 256, (240, 320, 3), dtype=np.uint8)
FRAME = cv2.GaussianBlur(NOISE, (0, 0), 2)


@pytest.mark.parametrize(
    "crop",
    [
        FaceCrop(160.3, 120.7, 90.0, 0.0),
        FaceCrop(150.0, 110.0, 140.5, 0.35),
        FaceCrop(5.0, 8.0, 120.0, -0.6),
        FaceCrop(330.0, 250.0, 80.0, 1.2),
        FaceCrop(160.0, 120.0, 700.0, 0.1),
    ],
)
def test_colour_cut_is_the_plain_warp_to_within_one_level(crop: FaceCrop) -> None:
    plain = cv2.warpAffine(FRAME, crop.frame_to_crop(128), (128, 128), flags=cv2.INTER_LINEAR)
    cut = crop.cut(np.asarray(FRAME, dtype=np.uint8), 128)
    difference = np.abs(plain.astype(int) - cut)
    assert difference.max() <= 1
    assert difference.mean() < 0.01
    assert cut.max() > 0


@pytest.mark.parametrize("center", [(-500.0, 100.0), (100.0, 900.0), (-300.0, -300.0)])
def test_crop_beside_the_frame_is_black(center: tuple[float, float]) -> None:
    cut = FaceCrop(*center, 100.0, 0.2).cut(np.asarray(FRAME, dtype=np.uint8), 64)
    assert cut.shape == (64, 64, 3)
    assert not cut.any()


def test_luma_frame_is_cut_as_luma() -> None:
    luma = np.ascontiguousarray(FRAME[..., 1], dtype=np.uint8)
    assert FaceCrop(160.0, 120.0, 90.0, 0.2).cut(luma, 64).shape == (64, 64)
