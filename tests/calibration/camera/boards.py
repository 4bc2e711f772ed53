"""Pictures of a board through a camera that is known: each pixel's line of sight meets the board's plane."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.camera.charuco_board import BoardShape, BoardView, CharucoBoard
from calibration.camera.lens import Lens

SHAPE = BoardShape()
BOARD = CharucoBoard(SHAPE)
PX_PER_MM = 8.0
FINER = 2  # rays for each pixel, along both sides


class BoardCamera:
    """One lens; `see` draws what it shows of a board held somewhere."""

    def __init__(self, lens: Lens, *, background: int = 118, noise: float = 1.5) -> None:
        self.lens = lens
        self._background = background
        self._chance = np.random.default_rng(7)
        self._noise = noise
        margin = round(15 * PX_PER_MM)
        self._margin_mm = margin / PX_PER_MM
        drawn = cv2.copyMakeBorder(
            BOARD.picture(PX_PER_MM), *[margin] * 4, cv2.BORDER_CONSTANT, value=255
        )
        self._drawn = cv2.GaussianBlur(drawn, (0, 0), 1.2)

    @functools.cached_property
    def _rays(self) -> NDArray[np.float32]:
        lens = self.lens
        across, down = np.arange(lens.width_px) + 0.5, np.arange(lens.height_px) + 0.5
        seen = np.stack(
            np.meshgrid(
                (across - lens.center_x_px) / lens.focal_x_px,
                (down - lens.center_y_px) / lens.focal_y_px,
            ),
            axis=-1,
        ).reshape(-1, 2)
        straight = _straightened(seen, lens.distortion)
        coarse = straight.reshape(lens.height_px, lens.width_px, 2).astype(np.float32)
        # What lies between two pixels' lines is as good as straight.
        size = (lens.width_px * FINER, lens.height_px * FINER)
        fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).reshape(-1, 2)
        return np.column_stack([fine, np.ones(len(fine), np.float32)])

    def see(
        self,
        middle_mm: tuple[float, float, float],
        tilt_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
        *,
        blur_px: float = 0.0,
    ) -> NDArray[np.uint8]:
        """middle_mm: of the board, right, down and away from the lens. tilt_deg: about those axes."""
        turn, _ = cv2.Rodrigues(np.radians(np.array(tilt_deg)))
        middle = np.array(middle_mm)
        half = np.array([SHAPE.width_mm / 2, SHAPE.height_mm / 2, 0.0])
        normal = turn[:, 2]
        distance = np.float32(normal @ middle) / (self._rays @ normal.astype(np.float32))
        on_plane = (self._rays * distance[:, None] - middle.astype(np.float32)) @ turn.astype(
            np.float32
        ) + half.astype(np.float32)
        board_px = (on_plane[:, :2] + self._margin_mm) * PX_PER_MM
        board_px[distance <= 0] = -1e6
        size = (self.lens.height_px * FINER, self.lens.width_px * FINER)
        fine = cv2.remap(
            self._drawn,
            board_px[:, 0].reshape(size).astype(np.float32),
            board_px[:, 1].reshape(size).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=self._background,
        )
        seen = cv2.resize(
            fine.astype(np.float32),
            (self.lens.width_px, self.lens.height_px),
            interpolation=cv2.INTER_AREA,
        )
        if blur_px:
            seen = cv2.GaussianBlur(seen, (0, 0), blur_px)
        seen = 20 + 0.78 * seen + self._chance.normal(0.0, self._noise, seen.shape)
        return np.clip(seen, 0, 255).astype(np.uint8)

    def corners(
        self,
        like: BoardView,
        middle_mm: tuple[float, float, float],
        tilt_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> BoardView:
        """The corners of `like` on a board held there, without a picture, 0.05 px beside their places."""
        lens = self.lens
        half = np.array([SHAPE.width_mm / 2, SHAPE.height_mm / 2])
        points = np.column_stack([like.on_board_mm - half, np.zeros(len(like.ids))])
        matrix = np.diag([lens.focal_x_px, lens.focal_y_px, 1.0])
        matrix[:2, 2] = lens.center_x_px - 0.5, lens.center_y_px - 0.5
        seen, _ = cv2.projectPoints(
            points,
            np.radians(np.array(tilt_deg)),
            np.array(middle_mm, dtype=np.float64),
            matrix,
            np.array(lens.distortion),
        )
        corners_px = seen.reshape(-1, 2) + self._chance.normal(0.0, 0.05, (len(points), 2))
        return replace(like, corners_px=corners_px)

    def poses(self) -> list[tuple[tuple[float, float, float], tuple[float, float, float]]]:
        """As somebody would show it who follows the hints: everywhere, near and far, tilted to all sides."""
        lens = self.lens
        poses = []
        half_view = math.atan(lens.width_px / 2 / lens.focal_x_px)
        near_mm = SHAPE.width_mm / 2 / math.tan(half_view) * 1.25
        tilts = [(25, 0, 0), (-25, 0, 5), (0, 28, 0), (0, -28, -5), (18, 18, 10), (-18, 20, -8)]
        count = 0
        for row in (-1, 0, 1):
            for column in (-1, 0, 1):
                for far in (1.25, 1.9):
                    away = near_mm * far
                    x = column * 0.55 * away * lens.width_px / 2 / lens.focal_x_px
                    y = row * 0.55 * away * lens.height_px / 2 / lens.focal_y_px
                    poses.append(((x, y, away), tilts[count % len(tilts)]))
                    count += 1
        return [*poses, ((0.0, 0.0, near_mm), (0.0, 0.0, 0.0)), ((0, 0, near_mm), (12, -10, 3))]


def _straightened(seen: NDArray[np.float64], distortion: tuple[float, ...]) -> NDArray[np.float64]:
    """The undistorted places, found by repetition."""
    k1, k2, p1, p2, k3 = distortion
    straight = seen.copy()
    for _ in range(60):
        x, y = straight[:, 0], straight[:, 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        shift = np.column_stack(
            [2 * p1 * x * y + p2 * (r2 + 2 * x * x), p1 * (r2 + 2 * y * y) + 2 * p2 * x * y]
        )
        straight = (seen - shift) / radial[:, None]
    return straight
