"""A reliability diagram as a picture: how often right, by confidence, before and after a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2

from calibration.probability.reliability import ReliabilityBin
from model_compression.evaluation.lettering import (
    BLUE,
    INK,
    PALE,
    RED,
    Picture,
    letter,
    paper,
    text_width,
)

_PLOT_PX, _COUNTS_PX = 320, 64
_MARGIN_PX, _TITLE_PX, _AXIS_PX, _GAP_PX = 24, 58, 60, 56
_LABEL_PX = 34


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram. `heading`: a few ASCII words."""

    heading: str
    bins: Sequence[ReliabilityBin]


def reliability_picture(panels: Sequence[Panel], title: str) -> Picture:
    """Side by side. On the red line a confidence can be believed; a point's line is its 95 % interval over people."""
    left = _MARGIN_PX + _LABEL_PX
    width = left + len(panels) * (_PLOT_PX + _GAP_PX) - _GAP_PX + _MARGIN_PX
    top = _TITLE_PX + 22
    foot = top + _PLOT_PX
    base = foot + 14 + _COUNTS_PX
    picture = paper(base + _AXIS_PX, max(width, _MARGIN_PX * 2 + text_width(title, 0.6)))
    letter(picture, title, (_MARGIN_PX, 30), 0.6)
    for number, panel in enumerate(panels):
        _draw(picture, panel, left + number * (_PLOT_PX + _GAP_PX), top, foot, base)
    caption = (
        "up: share right; along: confidence (grey: how many; red line: as often right as sure)"
    )
    letter(picture, caption, (left, base + 46), 0.42)
    return picture


def _draw(picture: Picture, panel: Panel, left: int, top: int, foot: int, base: int) -> None:
    letter(picture, panel.heading, (left, top - 12), 0.48)
    for tenth in range(0, 11, 2):
        at = round(_PLOT_PX * tenth / 10)
        label = f"{tenth / 10:.1f}"
        cv2.line(picture, (left, foot - at), (left + _PLOT_PX, foot - at), PALE, 1)
        letter(picture, label, (left - 32, foot - at + 5), 0.42)
        letter(picture, label, (left + at - 10, base + 20), 0.42)
    cv2.line(picture, (left, foot), (left + _PLOT_PX, top), RED, 1, cv2.LINE_AA)
    most = max((each.count for each in panel.bins), default=1)
    points = []
    for each in panel.bins:
        x = left + round(_PLOT_PX * each.confidence)
        y = foot - round(_PLOT_PX * each.accuracy)
        low, high = (foot - round(_PLOT_PX * share) for share in (each.low, each.high))
        cv2.line(picture, (x, low), (x, high), BLUE, 1, cv2.LINE_AA)
        for end in (low, high):
            cv2.line(picture, (x - 3, end), (x + 3, end), BLUE, 1)
        points.append((x, y))
        edges = [left + round(_PLOT_PX * share) for share in (each.least, each.most)]
        tall = max(2, round(_COUNTS_PX * each.count / most))
        block = (edges[0], base - tall), (max(edges[1], edges[0] + 2), base)
        cv2.rectangle(picture, *block, PALE, cv2.FILLED)
        cv2.rectangle(picture, *block, (160, 160, 160), 1)
    for start, following in pairwise(points):
        cv2.line(picture, start, following, BLUE, 1, cv2.LINE_AA)
    for point in points:
        cv2.circle(picture, point, 4, BLUE, cv2.FILLED, cv2.LINE_AA)
    for y in (foot, base):
        cv2.line(picture, (left, y), (left + _PLOT_PX, y), INK, 1)
    cv2.line(picture, (left, foot), (left, top), INK, 1)
