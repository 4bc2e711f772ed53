"""Which pictures of the board are worth keeping: sharp ones that show it where, or as, none of the others does.

Like another is a view whose place, size and tilt all are (the rule of ROS's camera_calibration). In: views as they
come. Out: the kept ones, how much of the picture they cover, and what to show next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.camera.charuco_board import BoardView, Floats

CELLS = (8, 6)  # across, down
_FAR_ENOUGH = 0.2  # sum of the differences of what `_appearance` tells
_TILT_WEIGHT = 1.5
_TILTED_FROM = 0.08  # relative change of scale from the middle of the seen corners to their edge
_LEAST_TILTED = 4
_NEAR_SHARE = (
    0.45  # of the picture's side, square root of the area: large enough to tell distortion
)
_PLACES = (("upper", "middle", "lower"), ("left", "middle", "right"))


class Offer(str, Enum):
    """What became of a view."""

    KEPT = "kept"
    BLURRED = "blurred"
    LIKE_ANOTHER = "like_another"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """From where on a view is kept; all of them choices."""

    max_edge_width_px: float = 4.0  # of edges; a blur of 1.4 px (standard deviation) makes 4
    max_views: int = 60
    enough_coverage: float = 0.8
    enough_views: int = 20


class ViewSelection:
    """The views kept so far."""

    def __init__(self, width_px: int, height_px: int, settings: SelectionSettings) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.settings = settings
        self.views: list[BoardView] = []
        self.seen = 0  # views offered
        self.blurred = 0
        self._appearances: list[Floats] = []
        self.corners_by_cell: NDArray[np.int64] = np.zeros((CELLS[1], CELLS[0]), dtype=np.int64)

    def offer(self, view: BoardView) -> Offer:
        self.seen += 1
        if not view.edge_width_px <= self.settings.max_edge_width_px:
            self.blurred += 1
            return Offer.BLURRED
        appearance = self._appearance(view)
        if any(np.abs(appearance - kept).sum() < _FAR_ENOUGH for kept in self._appearances):
            return Offer.LIKE_ANOTHER
        if len(self.views) >= self.settings.max_views:
            return Offer.ENOUGH
        self.views.append(view)
        self._appearances.append(appearance)
        across = view.corners_px[:, 0] / self.width_px * CELLS[0]
        down = view.corners_px[:, 1] / self.height_px * CELLS[1]
        column = np.clip(across.astype(int), 0, CELLS[0] - 1)
        row = np.clip(down.astype(int), 0, CELLS[1] - 1)
        np.add.at(self.corners_by_cell, (row, column), 1)
        return Offer.KEPT

    @property
    def coverage(self) -> float:
        """Share of the picture's cells in which a corner was seen."""
        return float((self.corners_by_cell > 0).mean())

    @property
    def tilted(self) -> int:
        """Kept views that tell the focal length; one that faces the camera may be near or seen through a long lens."""
        return sum(float(np.hypot(*a[3:])) >= _TILTED_FROM for a in self._appearances)

    @property
    def enough(self) -> bool:
        """Nothing more needs to be shown."""
        settings = self.settings
        return (
            len(self.views) >= settings.enough_views
            and self.coverage >= settings.enough_coverage
            and self.tilted >= _LEAST_TILTED
        )

    def hint(self) -> str:
        """What is missing most, as something to do."""
        if not self.views:
            return "hold the board before the camera"
        if self.tilted < _LEAST_TILTED:
            return "tilt the board by a third of a right angle, to each side and up and down"
        if max(float(appearance[2]) for appearance in self._appearances) < _NEAR_SHARE:
            return "hold the board nearer, until it fills half of the picture"
        empty = self.corners_by_cell == 0
        thirds = [
            [float(part.mean()) for part in np.array_split(band, 3, axis=1)]
            for band in np.array_split(empty, 3, axis=0)
        ]
        row, column = np.unravel_index(int(np.argmax(thirds)), (3, 3))
        if thirds[row][column] == 0.0:
            return "go on: other distances and tilts"
        place = f"{_PLACES[0][row]} {_PLACES[1][column]}".replace("middle middle", "middle")
        return f"hold the board to the {place} of the picture, its corners in the picture's corner"

    def _appearance(self, view: BoardView) -> Floats:
        """(5,) place across and down, size, tilt across and down."""
        size_px = np.array([self.width_px, self.height_px], dtype=np.float64)
        center = view.corners_px.mean(axis=0) / size_px
        hull = cv2.convexHull(view.corners_px.astype(np.float32))
        size = np.sqrt(cv2.contourArea(hull) / float(size_px.prod()))
        span_mm = np.abs(view.on_board_mm - view.on_board_mm.mean(axis=0)).max()
        on_board = (view.on_board_mm - view.on_board_mm.mean(axis=0)) / span_mm
        homography, _ = cv2.findHomography(on_board, view.corners_px)
        tilt = np.zeros(2) if homography is None else homography[2, :2] / homography[2, 2]
        return np.concatenate([center, [size], np.clip(_TILT_WEIGHT * tilt, -1.0, 1.0)])
