"""What light, lens, sensor and codec do, and the figures that say how much."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from model_compression.augmentation.degradation import (
    MILD,
    STRONG,
    Strengths,
    coarser,
    degraded,
    exposure_share,
    motion_blurred,
)
from model_compression.augmentation.visibility import told_after
from tests.model_compression.augmentation.drawn_face import drawn_face

UNTOUCHED = Strengths(
    chance=0, gain_stops=0, dark=0, over=0, side_light=0, blur_px=0, motion_px=0, shrink=1, noise=0
)
CROP = drawn_face(size_px=112, eye_distance_px=30).picture


def edge_width_px(picture: np.ndarray) -> float:
    """Deviation of the line spread of a vertical step in the middle of the picture."""
    spread = np.abs(np.diff(picture.astype(float).mean(axis=0)))
    at = np.arange(len(spread))
    mean = (at * spread).sum() / spread.sum()
    return float(np.sqrt(((at - mean) ** 2 * spread).sum() / spread.sum()))


def test_blur_is_told_in_px_of_a_112_crop() -> None:
    step = np.zeros((224, 224), dtype=np.uint8)
    step[:, 112:] = 200
    sharp = replace(UNTOUCHED, chance=1.0, blur_px=2.0, jpeg_quality=95)
    for seed in range(8):
        result = degraded(step, np.random.default_rng(seed), sharp, crop_scale=2.0)
        # The smear of 1 px that goes with it counts too, along one direction or the other.
        assert edge_width_px(result.picture) / 2 == pytest.approx(result.blur, abs=0.35)


def test_motion_smears_along_its_direction_only() -> None:
    step = np.zeros((64, 64), dtype=np.uint8)
    step[:, 32:] = 200
    along = motion_blurred(step, 9.0, 0.0)
    across = motion_blurred(step, 9.0, math.pi / 2)
    assert edge_width_px(along) == pytest.approx(9 / math.sqrt(12), rel=0.15)
    assert edge_width_px(across) < 0.1


def test_resolution_counts_the_source_and_what_was_shrunk_away() -> None:
    untouched = degraded(CROP, np.random.default_rng(0), UNTOUCHED, source_scale=4.0)
    assert untouched.resolution == pytest.approx(2.0)
    shrunk = replace(UNTOUCHED, chance=1.0, shrink=4.0)
    figures = [
        degraded(CROP, np.random.default_rng(seed), shrunk, source_scale=4.0).resolution
        for seed in range(20)
    ]
    # A 112 crop shrunk by up to 4 has between 1 and 1/4 of its own pixels, whatever its source had.
    assert all(-2.01 <= figure <= 0.01 for figure in figures)
    assert min(figures) < -1


def test_coarser_keeps_the_size_and_loses_detail() -> None:
    checks = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    fewer = coarser(checks, 3.0, np.random.default_rng(0))
    assert fewer.shape == checks.shape
    assert fewer.std() < 0.5 * checks.std()


def test_exposure_is_the_share_crushed_or_saturated() -> None:
    picture = np.full((10, 10), 100, dtype=np.uint8)
    picture[:2] = 3
    picture[2:3] = 252
    picture[3] = 4
    picture[4] = 251
    assert exposure_share(picture) == pytest.approx(0.3)


def test_a_dark_cabin_crushes_and_strong_is_worse_than_mild() -> None:
    mild, strong = (
        [degraded(CROP, np.random.default_rng(seed), which) for seed in range(60)]
        for which in (MILD, STRONG)
    )
    for figure in ("blur", "exposure"):
        assert np.mean([getattr(one, figure) for one in strong]) > np.mean(
            [getattr(one, figure) for one in mild]
        )
    difference = [np.abs(one.picture.astype(int) - CROP).mean() for one in (*mild, *strong)]
    assert np.mean(difference[60:]) > np.mean(difference[:60])


def test_an_eye_that_noise_or_darkness_drowns_is_no_longer_told() -> None:
    eye = CROP[40:56, 30:60]
    noise = np.random.default_rng(0).normal(0, 1, eye.shape)
    assert told_after(eye, eye) == 1
    assert told_after(eye, np.clip(eye * 0.5 + 30, 0, 255).astype(np.uint8)) == 1
    assert told_after(eye, np.full_like(eye, 255)) == 0
    drowned = np.clip(eye * 0.02 + 60 + 30 * noise, 0, 255).astype(np.uint8)
    assert told_after(eye, drowned) == 0
