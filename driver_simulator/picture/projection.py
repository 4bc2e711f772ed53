"""Where the camera of a scenario stands, and where it sees what.

In: metres from the middle between the driver's eyes when the driver sits as usual, x to the right of a picture from
ahead, y down, z away from a camera ahead (see viewpoint.py). Out: pixels of the frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.scenario.viewing import CameraSettings
from driver_simulator.viewpoint import DriverSide, Rotation, camera_axes

AIM_M = (0.0, 0.03, 0.0)
"""The camera is aimed at the upper part of the nose, so that hair and chin are both in view."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A pinhole camera."""

    axes: Rotation  # columns: the camera's axes
    position: NDArray[np.float64]  # (3,) m
    focal_px: float
    width_px: int
    height_px: int

    def to_camera(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """(3,) or (N, 3) m -> the same along the camera's axes, from the lens."""
        return (point - self.position) @ self.axes

    def to_px(self, point: NDArray[np.float64]) -> tuple[float, float, float]:
        """(3,) m -> x, y in pixels, and pixels for a metre there."""
        x, y, z = self.to_camera(point).tolist()
        scale = self.focal_px / max(z, 0.05)
        return self.width_px / 2 + scale * x, self.height_px / 2 + scale * y, scale

    def scaled_px(self, of_640: float) -> float:
        """What are so many pixels in a frame 640 pixels wide."""
        return of_640 * self.width_px / 640

    def ray_step_px(self, of_640: float) -> int:
        """The same as a step from ray to ray: at least one pixel."""
        return max(1, round(self.scaled_px(of_640)))

    def rays(
        self, left_px: float, top_px: float, width: int, height: int, px_step: float
    ) -> NDArray[np.float32]:
        """(height, width, 3) unit vectors through pixel centres of a window, one each `px_step` pixels."""
        across = left_px + (np.arange(width) + 0.5) * px_step - self.width_px / 2
        down = top_px + (np.arange(height) + 0.5) * px_step - self.height_px / 2
        in_camera = np.empty((height, width, 3))
        in_camera[..., 0] = across / self.focal_px
        in_camera[..., 1] = down[:, None] / self.focal_px
        in_camera[..., 2] = 1.0
        in_camera /= np.linalg.norm(in_camera, axis=2, keepdims=True)
        rays: NDArray[np.float32] = (in_camera @ self.axes.T).astype(np.float32)
        return rays


def projection_of(camera: CameraSettings, driver_side: DriverSide) -> Projection:
    axes = camera_axes(camera.position, driver_side)
    return Projection(
        axes=axes,
        position=np.array(AIM_M) - camera.distance_m * axes[:, 2],
        focal_px=camera.width_px / 2 / math.tan(math.radians(camera.field_of_view_deg) / 2),
        width_px=camera.width_px,
        height_px=camera.height_px,
    )


def shift_of(moment: DriverMoment) -> NDArray[np.float64]:
    """(3,) m, of the head from its usual place."""
    return np.array([moment.shift_right_m, -moment.shift_up_m, -moment.shift_nearer_m])
