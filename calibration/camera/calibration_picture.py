"""What a calibration rests on, to look at: where corners were seen, and what error is left there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.camera.intrinsics import Intrinsics
from calibration.camera.view_selection import CELLS, ViewSelection

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

_PANEL_PX, _GAP_PX, _HEAD_PX, _FOOT_PX = 480, 24, 64, 40
_PAPER: Colour = (255, 255, 255)
_INK: Colour = (60, 50, 40)
_FAINT: Colour = (225, 220, 215)
_EMPTY: Colour = (205, 215, 250)  # cells without a corner: pale red
_FULL = np.array([150, 120, 40], dtype=np.float64)  # cells with many: deep blue
_DOT: Colour = (40, 40, 40)
_ARROW: Colour = (40, 90, 220)
_MANY = 30  # corners in a cell from which it is no deeper
_ARROWS = 400
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def calibration_picture(
    selection: ViewSelection, solved: Intrinsics | None, verdict: str
) -> Picture:
    """verdict: one sentence, ASCII. solved: None where no lens could be told."""
    height = round(_PANEL_PX * selection.height_px / selection.width_px)
    width = 2 * _PANEL_PX + 3 * _GAP_PX
    picture: Picture = np.full((_HEAD_PX + height + _FOOT_PX, width, 3), _PAPER, dtype=np.uint8)
    _write(picture, verdict, (_GAP_PX, 24), 0.5, most_px=width - 2 * _GAP_PX)
    left, right = _GAP_PX, 2 * _GAP_PX + _PANEL_PX
    _write(picture, f"seen: {selection.coverage:.0%} of the picture", (left, 54), 0.45)
    _coverage(picture[_HEAD_PX : _HEAD_PX + height, left : left + _PANEL_PX], selection)
    panel = picture[_HEAD_PX : _HEAD_PX + height, right : right + _PANEL_PX]
    if solved is None:
        _write(picture, "no lens could be told", (right, 54), 0.45)
    else:
        quality, lens = solved.quality, solved.lens
        stretch = _residuals(panel, solved)
        _write(
            picture,
            f"left over: {quality.rms_px:.2f} px (arrows {stretch:.0f} x too long)",
            (right, 54),
            0.45,
        )
        _write(
            picture,
            f"focal length {lens.focal_x_px:.0f} px +- {quality.focal_std_px:.1f}, view"
            f" {np.degrees(lens.horizontal_field_of_view_rad):.1f} deg, {quality.views} views,"
            f" the worst {max(view.rms_px for view in solved.views):.2f} px, {len(solved.left_out)} left out",
            (right, _HEAD_PX + height + 26),
            0.42,
        )
    cv2.rectangle(panel, (0, 0), (_PANEL_PX - 1, height - 1), _INK, 1)
    _write(
        picture,
        f"{len(selection.views)} of {selection.seen} views kept, {selection.blurred} blurred",
        (left, _HEAD_PX + height + 26),
        0.42,
    )
    return picture


def _coverage(panel: Picture, selection: ViewSelection) -> None:
    height, width = panel.shape[:2]
    across, down = CELLS
    for row in range(down):
        for column in range(across):
            corners = int(selection.corners_by_cell[row, column])
            share = min(1.0, corners / _MANY)
            shade = np.array(_PAPER) + (0.15 + 0.7 * share) * (_FULL - np.array(_PAPER))
            colour = _EMPTY if corners == 0 else tuple(int(value) for value in shade)
            top_left = (column * width // across, row * height // down)
            bottom_right = ((column + 1) * width // across - 1, (row + 1) * height // down - 1)
            cv2.rectangle(panel, top_left, bottom_right, colour, -1)
            cv2.rectangle(panel, top_left, bottom_right, _PAPER, 1)
    scale = width / selection.width_px
    for view in selection.views:
        for x, y in view.corners_px * scale:
            cv2.circle(panel, (round(x), round(y)), 1, _DOT, -1, cv2.LINE_AA)
    cv2.rectangle(panel, (0, 0), (width - 1, height - 1), _INK, 1)


def _residuals(panel: Picture, solved: Intrinsics) -> float:
    """Draws where corners were seen against where the lens shows them; returns how much too long."""
    height, width = panel.shape[:2]
    for part in (0.25, 0.5, 0.75):
        cv2.line(panel, (round(part * width), 0), (round(part * width), height), _FAINT, 1)
        cv2.line(panel, (0, round(part * height)), (width, round(part * height)), _FAINT, 1)
    corners = np.concatenate([view.corners_px for view in solved.views])
    left_over = np.concatenate([view.residuals_px for view in solved.views])
    scale = width / solved.lens.width_px
    stretch = float(np.clip(14.0 / max(1e-3, solved.quality.rms_px * scale), 1.0, 500.0))
    stretch = float(f"{stretch:.1g}")
    chosen = np.linspace(0, len(corners) - 1, min(_ARROWS, len(corners))).astype(int)
    for place, error in zip(
        corners[chosen] * scale, left_over[chosen] * scale * stretch, strict=True
    ):
        start, end = place.round().astype(int), (place + error).round().astype(int)
        cv2.line(panel, _point(start), _point(end), _ARROW, 1, cv2.LINE_AA)
        cv2.circle(panel, _point(start), 1, _INK, -1, cv2.LINE_AA)
    return stretch


def _point(place: NDArray[np.int64]) -> tuple[int, int]:
    return int(place[0]), int(place[1])


def _write(
    picture: Picture, words: str, at: tuple[int, int], scale: float, most_px: int = 10_000
) -> None:
    (length, _), _ = cv2.getTextSize(words, _FONT, scale, 1)
    scale *= min(1.0, most_px / max(1, length))
    cv2.putText(picture, words, at, _FONT, scale, _INK, 1, cv2.LINE_AA)
