"""The board that is held before a camera: a chessboard with markers in its white squares.

The markers tell which corner is which, so a part of the board is enough.
In: pictures. Out: where its inner corners are seen, and how sharply. Garrido-Jurado et al. 2014 for the markers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEAST_CORNERS = 8
# Of a square's side as it is seen: an edge's neighbourhood, and one that holds black and white in full.
_SLOPE_SHARE, _CONTRAST_SHARE = 0.3, 0.8
_LEAST_PATCH_PX, _MOST_PATCH_PX = 3, 30
_LEAST_CONTRAST = 12.0  # grey levels; below it an edge's width says nothing


@dataclass(frozen=True, slots=True)
class BoardShape:
    """Squares along both sides; only the ratio of marker to square matters to a lens, not the size."""

    columns: int = 9
    rows: int = 6
    square_mm: float = 30.0
    marker_share: float = 0.75  # of a square's side

    @property
    def width_mm(self) -> float:
        return self.columns * self.square_mm

    @property
    def height_mm(self) -> float:
        return self.rows * self.square_mm

    @property
    def corner_count(self) -> int:
        return (self.columns - 1) * (self.rows - 1)


@dataclass(frozen=True, slots=True)
class BoardView:
    """The board as one picture shows it."""

    ids: NDArray[np.int64]  # (N,) of inner corners
    corners_px: Floats  # (N, 2)
    on_board_mm: Floats  # (N, 2)
    edge_width_px: float  # of its edges, from dark to bright; 1.5 to 2.5 where the picture is sharp


class CharucoBoard:
    """Finds the board in pictures, and draws it."""

    def __init__(self, shape: BoardShape) -> None:
        """Raises `ValueError` for a board that cannot be made."""
        if not (3 <= shape.columns <= 30 and 3 <= shape.rows <= 30):
            raise ValueError("a board has 3 to 30 squares along each side")
        if not 1.0 <= shape.square_mm <= 500.0:
            raise ValueError("a square measures 1 to 500 mm")
        self.shape = shape
        self._board = cv2.aruco.CharucoBoard(
            (shape.columns, shape.rows),
            shape.square_mm,
            shape.square_mm * shape.marker_share,
            cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_1000),
        )
        self._detector = cv2.aruco.CharucoDetector(self._board)
        self._corners_mm = np.asarray(self._board.getChessboardCorners(), dtype=np.float64)[:, :2]

    def picture(self, px_per_mm: float) -> NDArray[np.uint8]:
        """(H, W) of the board alone, without a margin."""
        size = (
            round(self.shape.width_mm * px_per_mm),
            round(self.shape.height_mm * px_per_mm),
        )
        return np.asarray(self._board.generateImage(size, marginSize=0), dtype=np.uint8)

    def find(self, image: NDArray[np.uint8]) -> BoardView | None:
        """image: (H, W) luma or (H, W, 3) BGR. None where too little of the board is seen."""
        luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
        luma = np.ascontiguousarray(luma, dtype=np.uint8)
        found, ids, _, _ = self._detector.detectBoard(luma)
        if ids is None or len(ids) < _LEAST_CORNERS:
            return None
        order = np.asarray(ids, dtype=np.int64).reshape(-1)
        corners_px = np.asarray(found, dtype=np.float64).reshape(-1, 2)
        on_board_mm = self._corners_mm[order]
        if np.linalg.matrix_rank(on_board_mm - on_board_mm.mean(axis=0), tol=1e-6) < 2:
            return None  # one row of corners has no tilt
        return BoardView(order, corners_px, on_board_mm, _edge_width_px(luma, corners_px))


def _edge_width_px(luma: NDArray[np.uint8], corners_px: Floats) -> float:
    """Median over corners of the contrast around over the steepest slope nearby."""
    steps = np.linalg.norm(corners_px[None] - corners_px[:, None], axis=2)
    steps[steps == 0.0] = np.inf
    square_px = float(np.median(steps.min(axis=1)))
    near, around = (
        int(min(max(_LEAST_PATCH_PX, share * square_px), _MOST_PATCH_PX))
        for share in (_SLOPE_SHARE, _CONTRAST_SHARE)
    )
    height, width = luma.shape
    widths = []
    for x, y in np.rint(corners_px).astype(int):
        if not (near <= x < width - near and near <= y < height - near):
            continue
        wide = luma[max(0, y - around) : y + around + 1, max(0, x - around) : x + around + 1]
        contrast = float(wide.max()) - float(wide.min())
        if contrast < _LEAST_CONTRAST:
            continue
        patch = luma[y - near : y + near + 1, x - near : x + near + 1].astype(np.float64)
        down, across = np.gradient(patch)
        widths.append(contrast / max(1e-6, float(np.hypot(across, down).max())))
    return float(np.median(widths)) if widths else float("inf")
