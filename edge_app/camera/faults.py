"""What can be wrong with a camera, and the check of one picture for the faults that can be seen in it.

Frames in, a fault or None out. Pure: time is the frames' own. Used on the capture process's frames and on those of
a file alike.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.driver_state.signals import Unavailable

_SAMPLES_ACROSS = (
    60  # samples along the shorter side: enough for statistics, 15 kB of a VGA picture
)
_BLACK_SHARE = (
    0.01  # share of brighter pixels that a black picture may hold: hot pixels, a pilot lamp
)


class CameraFault(str, Enum):
    """Why the camera's picture cannot be trusted. A closed list: status and health show these words."""

    UNPLUGGED = "unplugged"
    NO_FRAME = "no_frame"
    FROZEN = "frozen"
    BLACK = "black"
    OVEREXPOSED = "overexposed"
    WRONG_SIZE = "wrong_size"
    LATE = "late"

    @property
    def unavailable(self) -> Unavailable:
        """The reason that every signal gets while this fault holds."""
        return _REASONS.get(self, Unavailable.CAMERA_FAULT)


_REASONS = {
    CameraFault.BLACK: Unavailable.TOO_DARK,
    CameraFault.OVEREXPOSED: Unavailable.OVEREXPOSED,
    CameraFault.LATE: Unavailable.STALE,
}


class PictureCheck:
    """Black, overexposed, frozen or of a garbage size: judged on a sparse grid of the picture's pixels.

    Frozen means bit-identical on the grid for `frozen_after_s`: the noise of any live sensor breaks that at once.
    A night picture in which a face can be made out is not black: 1 % of brighter pixels is enough.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._shape: tuple[int, ...] | None = None  # the size taken as the camera's own
        self._other_shape: tuple[int, ...] | None = None
        self._other_since_s = 0.0
        self._last_grid: NDArray[np.uint8] | None = None
        self._same_since_s = 0.0

    def step(self, frame: Frame) -> CameraFault | None:
        image = frame.image
        if not self._plausible(image) or not self._usual_size(image.shape[:2], frame.t_s):
            self._last_grid = None
            return CameraFault.WRONG_SIZE
        stride = max(1, min(image.shape[:2]) // _SAMPLES_ACROSS)
        grid = np.ascontiguousarray(image[::stride, ::stride])
        frozen = self._frozen(grid, frame.t_s)
        luma = grid if grid.ndim == 2 else _luma(grid)
        lit = np.count_nonzero(luma >= self._settings.black_below_luma)
        if lit < _BLACK_SHARE * luma.size:
            return CameraFault.BLACK
        clipped = np.count_nonzero(luma >= self._settings.overexposed_from_luma)
        if clipped > self._settings.overexposed_share * luma.size:
            return CameraFault.OVEREXPOSED
        return CameraFault.FROZEN if frozen else None

    def _plausible(self, image: NDArray[np.uint8]) -> bool:
        if image.dtype != np.uint8 or image.ndim not in (2, 3):
            return False
        if image.ndim == 3 and image.shape[2] != 3:
            return False
        return bool(min(image.shape[:2]) >= self._settings.min_side_px)

    def _usual_size(self, shape: tuple[int, ...], t_s: float) -> bool:
        if self._shape is None or shape == self._shape:
            self._shape, self._other_shape = shape, None
            return True
        if shape != self._other_shape:
            self._other_shape, self._other_since_s = shape, t_s
        if t_s - self._other_since_s < self._settings.size_change_after_s:
            return False
        self._shape, self._other_shape = shape, None
        return True

    def _frozen(self, grid: NDArray[np.uint8], t_s: float) -> bool:
        last = self._last_grid
        if last is None or t_s < self._same_since_s or not np.array_equal(last, grid):
            self._last_grid, self._same_since_s = (
                grid.copy() if grid.base is not None else grid,
                t_s,
            )
        return t_s - self._same_since_s >= self._settings.frozen_after_s


def _luma(grid: NDArray[np.uint8]) -> NDArray[np.integer]:
    """BGR (H, W, 3) -> (H, W), by (B + 2 G + R) / 4: near enough to tell dark from bright."""
    blue, green, red = (grid[..., channel].astype(np.uint16) for channel in range(3))
    return (blue + green + green + red) >> 2
