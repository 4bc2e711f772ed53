"""Lens and sensor: as much blur and noise as is set."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from driver_simulator.picture.sensor import Sensor
from driver_simulator.scenario.viewing import CameraSettings


def _sensor(**camera: Any) -> Sensor:
    return Sensor(CameraSettings(**camera), seed=5)


def _grey(channels: int = 3) -> np.ndarray:
    shape = (240, 320, 3) if channels == 3 else (240, 320)
    return np.full(shape, 120, dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("deviation", [0.5, 1.5, 8.0])
def test_noise_has_the_deviation_that_is_set(channels: int, deviation: float) -> None:
    frame = _sensor(noise=deviation).expose(_grey(channels), 2.0, 1.0).astype(float)
    # Whole grey levels add a twelfth to the variance, and the chance in rounding a little more.
    assert frame.std() == pytest.approx(
        deviation, abs=0.12 + 0.1 * deviation + 0.2 * (deviation < 1)
    )
    assert frame.mean() == pytest.approx(120, abs=0.1)


def test_noise_is_another_in_each_frame_and_the_same_for_the_same_instant() -> None:
    sensor = _sensor(noise=4.0)
    first, later = sensor.expose(_grey(), 1.0, 1.0), sensor.expose(_grey(), 1.1, 1.0)
    assert not np.array_equal(first, later)
    assert np.array_equal(first, _sensor(noise=4.0).expose(_grey(), 1.0, 1.0))


def test_amplification_strengthens_noise() -> None:
    sensor = _sensor(noise=2.0)
    assert sensor.expose(_grey(), 0.0, 2.5).std() > 2 * sensor.expose(_grey(), 0.0, 1.0).std()


def test_without_noise_and_blur_the_frame_stays_as_it_is() -> None:
    frame = _grey()
    frame[100:] = 30
    assert np.array_equal(_sensor(noise=0.0).expose(frame, 0.0, 1.0), frame)


@pytest.mark.parametrize("sigma_px", [1.0, 3.0, 10.0])
def test_an_edge_is_blurred_as_far_as_is_set(sigma_px: float) -> None:
    frame = np.zeros((200, 300), dtype=np.uint8)
    frame[:, 150:] = 250
    profile = _sensor(noise=0.0, blur_px=sigma_px).expose(frame, 0.0, 1.0)[100].astype(float)
    slope = np.diff(profile)
    place = np.arange(len(slope))
    middle = (slope * place).sum() / slope.sum()
    spread = np.sqrt((slope * (place - middle) ** 2).sum() / slope.sum())
    assert spread == pytest.approx(sigma_px, rel=0.2, abs=0.1)


def test_blurring_takes_sharpness_away() -> None:
    frame = np.random.default_rng(1).integers(0, 255, (240, 320), dtype=np.uint8)

    def sharpness(sigma_px: float) -> float:
        blurred = _sensor(noise=0.0, blur_px=sigma_px).expose(frame, 0.0, 1.0)
        return float(cv2.Laplacian(blurred, cv2.CV_64F).var())

    assert sharpness(0.0) > sharpness(1.0) > sharpness(4.0)
