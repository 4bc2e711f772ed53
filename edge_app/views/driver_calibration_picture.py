"""What a calibration of the driver rests on, to look at: both eyes over the minute, and how often each was how open.

The references are drawn through both: above the open one's line an eye is wide open, below the shut one's it is shut.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.driver_profiles.asked_calibration import AskedCalibration, AskedEye
from edge_app.views.lettering import Color, write_text

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

_WIDTH_PX, _MARGIN_PX, _HEAD_PX = 1160, 24, 56
_COURSE_PX, _HISTOGRAM_PX, _PANEL_PX, _BETWEEN_PX = 760, 220, 200, 64
_SCALE_PX = 40  # beside each panel, for the numbers of the scale
_HEIGHT_PX = _HEAD_PX + 2 * (_PANEL_PX + _BETWEEN_PX)
_PAPER: Color = (255, 255, 255)
_INK: Color = (50, 45, 40)
_DIM: Color = (130, 125, 120)
_GRID: Color = (228, 224, 220)
_GAP: Color = (240, 238, 236)
_LINE: Color = (160, 95, 30)
_OPEN: Color = (70, 140, 30)
_SHUT: Color = (50, 60, 205)
_BINS = 50
_MAX_GAP_S = 0.25


def driver_calibration_picture(course: Floats, told: AskedCalibration, title: str) -> Picture:
    """course: (N, 3) time, openness of left and right, NaN where that was not known. title: ASCII."""
    picture: Picture = np.full((_HEIGHT_PX, _WIDTH_PX, 3), _PAPER, dtype=np.uint8)
    write_text(picture, title, _MARGIN_PX, 18, 13, _INK)
    for row, (name, eye) in enumerate((("left", told.left), ("right", told.right))):
        top = _HEAD_PX + row * (_PANEL_PX + _BETWEEN_PX)
        write_text(picture, _caption(name, eye), _MARGIN_PX, top, 10, _INK)
        left = _MARGIN_PX + _SCALE_PX
        time = picture[top + 20 : top + 20 + _PANEL_PX, left : left + _COURSE_PX]
        beside = left + _COURSE_PX + _MARGIN_PX
        often = picture[top + 20 : top + 20 + _PANEL_PX, beside : beside + _HISTOGRAM_PX]
        for panel in (time, often):
            _grid(panel)
        _draw_course(time, course[:, 0], course[:, 1 + row])
        _draw_histogram(often, course[:, 1 + row])
        for value in (0.0, 0.5, 1.0):
            at = top + 20 + _row_px(value) - 4
            write_text(picture, f"{value:g}", _MARGIN_PX + 6, at, 8, _DIM)
        if eye is not None:
            _draw_references(picture, (time, often), eye, beside + _HISTOGRAM_PX + 6, top + 20)
    foot = _HEIGHT_PX - 30
    span_s = float(course[-1, 0] - course[0, 0])
    write_text(picture, "0 s", _MARGIN_PX + _SCALE_PX, foot, 8, _DIM)
    write_text(picture, f"{span_s:.0f} s", _MARGIN_PX + _SCALE_PX + _COURSE_PX - 30, foot, 8, _DIM)
    write_text(
        picture, "how often", _MARGIN_PX + _SCALE_PX + _COURSE_PX + _MARGIN_PX, foot, 8, _DIM
    )
    return picture


def _caption(name: str, eye: AskedEye | None) -> str:
    if eye is None:
        return f"{name} eye: not seen for long enough"
    shut = (
        f"held shut for {eye.held_s:.1f} s"
        if eye.held_s > 0
        else f"{eye.blinks} blinks"
        if eye.shut_seen
        else "a shut eye was not seen"
    )
    return f"openness of the {name} eye: {eye.open_s:.0f} s open, {shut}, confidence {eye.confidence:.2f}"


def _grid(panel: Picture) -> None:
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        panel[_row_px(value)] = _GRID


def _row_px(openness: float) -> int:
    return round((1.0 - min(1.0, max(0.0, openness))) * (_PANEL_PX - 1))


def _draw_course(panel: Picture, t_s: Floats, openness: Floats) -> None:
    span_s = max(1e-6, float(t_s[-1] - t_s[0]))
    columns = np.rint((t_s - t_s[0]) / span_s * (_COURSE_PX - 1)).astype(int)
    for column in columns[np.isnan(openness)].tolist():
        panel[:, column] = _GAP
    known = np.flatnonzero(~np.isnan(openness))
    points = [(int(columns[at]), _row_px(float(openness[at]))) for at in known]
    for number in range(1, len(points)):
        if t_s[known[number]] - t_s[known[number - 1]] <= _MAX_GAP_S:
            cv2.line(panel, points[number - 1], points[number], _LINE, 1, cv2.LINE_AA)


def _draw_histogram(panel: Picture, openness: Floats) -> None:
    seen = openness[~np.isnan(openness)]
    if not len(seen):
        return
    counts, edges = np.histogram(seen, _BINS, (0.0, 1.0))
    # By the square root, or the few frames of a shut eye would be no bar at all.
    lengths = np.sqrt(counts / counts.max()) * (_HISTOGRAM_PX - 8)
    for low, high, length in zip(edges[:-1], edges[1:], lengths.tolist(), strict=True):
        panel[_row_px(float(high)) + 1 : _row_px(float(low)), : round(length)] = _LINE


def _draw_references(
    picture: Picture, panels: tuple[Picture, Picture], eye: AskedEye, beside_px: int, top_px: int
) -> None:
    for word, value, color in (
        ("open", eye.reference.open, _OPEN),
        ("shut", eye.reference.closed, _SHUT),
    ):
        row = _row_px(value)
        for panel in panels:
            panel[max(0, row - 1) : row + 1] = color
        write_text(picture, f"{word} {value:.2f}", beside_px, top_px + row - 4, 8, color)
