"""One labelled face cut upright out of its picture: the ground on which everything else is drawn.

In: a luma picture and its points. Out: a square a little wider than a student's crop, with the points in its pixels,
at the photograph's own resolution; lids and irises can be moved in it, and the points follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER, PARTS
from edge_app.face.student_crops import anchors_of, cut_face, eye_crop, face_crop
from model_compression.augmentation.lid_warp import (
    LidLayers,
    LidLines,
    LidMove,
    lid_lines,
    move_lids,
)

Luma = NDArray[np.uint8]
Points = NDArray[np.float32]

SIDES = ("left", "right")  # the driver's own
_MARGIN = 1.3  # of the student's crop
_SMALLEST_PX, _LARGEST_PX = 72, 320
_NARROWEST_EYE_PX = 5.0
# A gap between the lids of this share of the eye picture's width is an openness of 1: about 10.5 mm.
OPEN_GAP = 0.185


@dataclass(frozen=True, slots=True)
class UprightFace:
    """picture: (C, C) luma; points: (146, 2) px of it; openness: (2,) left and right, from the lids' lines."""

    picture: Luma
    points: Points
    crop: FaceCrop  # the student's exact crop, in px of `picture`
    source_scale: float  # px of the photograph per px of `picture`

    def lines(self, side: str) -> LidLines:
        return lid_lines(self.points[PARTS[f"eyelid_{side}"]], self.points[PARTS[f"brow_{side}"]])

    def openness(self, side: str) -> float:
        """0..about 1.2: the gap between the lids over that of a typical wide-awake eye."""
        eye_width_px = eye_crop(self.eye_center(side), self.crop).side_px
        return self.lines(side).gap_px() / (OPEN_GAP * eye_width_px)

    def lids_can_move(self, side: str) -> bool:
        """An eye of a few pixels, or one beyond the picture, stays as it is whatever `with_lids` is asked."""
        lines = self.lines(side)
        return lines.width_px >= _NARROWEST_EYE_PX and _window(lines, len(self.picture)) is not None

    def eye_center(self, side: str) -> Points:
        """(2,) px, between the corners."""
        lid = self.points[PARTS[f"eyelid_{side}"]]
        center: Points = (lid[OUTER_CORNER] + lid[INNER_CORNER]) / 2
        return center


def upright_face(picture: Luma, points: Points) -> UprightFace:
    """picture: (H, W); points: (146, 2) px of it."""
    crop = face_crop(anchors_of(points))
    wide = FaceCrop(crop.center_x_px, crop.center_y_px, crop.side_px * _MARGIN, crop.roll_rad)
    size_px = int(np.clip(round(wide.side_px), _SMALLEST_PX, _LARGEST_PX))
    matrix = wide.frame_to_crop(size_px)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    scale = size_px / wide.side_px
    inside = FaceCrop(size_px / 2, size_px / 2, crop.side_px * scale, 0.0)
    return UprightFace(
        cut_face(picture, wide, size_px), moved.astype(np.float32), inside, 1 / scale
    )


def with_lids(face: UprightFace, moves: dict[str, LidMove]) -> UprightFace:
    """The same face with its lids moved; `moves` by side."""
    picture, points = face.picture.copy(), face.points.copy()
    for side, move in moves.items():
        lines = face.lines(side)
        window = _window(lines, len(picture))
        if window is None:
            continue
        (top, bottom), (left, right) = window
        lid_rows, iris_rows = PARTS[f"eyelid_{side}"], PARTS[f"iris_{side}"]
        layers = LidLayers.still(bottom - top, right - left)
        move_lids(layers, lines.shifted(left, top), move)
        under = face.picture[top:bottom, left:right]
        picture[top:bottom, left:right] = layers.render(
            under, np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32), float(under.min())
        )
        if not move.twin:
            points[lid_rows] = _moved_lid(face.points[lid_rows], lines, move)
        gap = lines.gap_px()
        points[iris_rows] += np.array([move.look_aside * gap, move.look_down * gap])
    return replace(face, picture=picture, points=points)


def _window(lines: LidLines, size_px: int) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Rows and columns that a move can touch."""
    width = lines.width_px
    upper, lower = lines.at(np.linspace(lines.first_column, lines.last_column, 5))
    top = min(lines.brow_y, float(upper.min())) - 1.6 * width
    bottom = float(lower.max()) + 0.8 * width
    rows = (max(0, int(top)), min(size_px, int(bottom) + 1))
    columns = (
        max(0, int(lines.first_column) - 1),
        min(size_px, int(lines.last_column) + 2),
    )
    if rows[1] - rows[0] < 4 or columns[1] - columns[0] < 4:
        return None
    return rows, columns


def _moved_lid(lid: Points, lines: LidLines, move: LidMove) -> Points:
    upper, lower = lines.at(lid[:, 0].astype(np.float64))
    closing = (1.0 - move.aperture) * (lower - upper)
    moved = lid.copy()
    moved[9:16, 1] += (closing * (1 - move.lower_share))[9:16]
    moved[1:8, 1] -= (closing * move.lower_share)[1:8]
    return moved
