"""Small frames of the default driver for the tests of pictures: without noise, where a test does not ask for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.portrait_file import astronaut
from driver_simulator.picture.renderer import PictureRenderer
from driver_simulator.scenario.scenario import Scenario

WIDTH_PX, HEIGHT_PX = 320, 240


@lru_cache(maxsize=1)
def driver() -> Portrait:
    return astronaut()


def scenario(camera: dict[str, Any] | None = None, **fields: Any) -> Scenario:
    seen = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "noise": 0.0, **(camera or {})}
    return Scenario.model_validate(
        {"name": "shots", "duration_s": 600, "camera": seen, "seed": 3, **fields}
    )


def renderer(camera: dict[str, Any] | None = None, **fields: Any) -> PictureRenderer:
    return PictureRenderer(scenario(camera, **fields), driver())


def moment(t_s: float = 0.0, **fields: Any) -> DriverMoment:
    usual: dict[str, Any] = {
        "closure_left": 0.0,
        "closure_right": 0.0,
        "gaze_yaw_rad": 0.0,
        "gaze_pitch_rad": 0.0,
        "head_yaw_rad": 0.0,
        "head_pitch_rad": 0.0,
        "head_roll_rad": 0.0,
    }
    return DriverMoment(t_s=t_s, **{**usual, **fields})


def around(
    image: NDArray[np.uint8], points: NDArray[np.float32], margin_px: int = 0
) -> NDArray[np.float32]:
    """The part of `image` that holds `points` (N, 2) px."""
    left, top = np.floor(points.min(axis=0)).astype(int) - margin_px
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + margin_px + 1
    return image[max(top, 0) : bottom, max(left, 0) : right].astype(np.float32)


def change(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W), grey levels by which two pictures differ."""
    difference = np.abs(one.astype(np.float32) - other.astype(np.float32))
    return difference.mean(axis=2) if difference.ndim == 3 else difference
