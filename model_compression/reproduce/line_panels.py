"""Measured points with their intervals as panels of lines, side by side: what a paper draws over a number it varied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

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
from model_compression.evaluation.png_file import write_png

_PLOT_PX, _LEFT_PX, _TOP_PX, _FOOT_PX, _RIGHT_PX = 360, 64, 56, 64, 24
_NOTE_PX = 26
_ASIDE_PX = 4  # a line's points from the other's, which would hide their intervals
_LINES = 5
_COLOURS = (BLUE, RED)


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LinePanel:
    below: str  # what x is
    lines: tuple[tuple[str, tuple[Point, ...]], ...]  # name, points by x


def write_lines(panels: Sequence[LinePanel], notes: Sequence[str], path: Path) -> None:
    """notes: lines below the panels. Raises `UserError` where the file cannot be written."""
    drawn = np.concatenate([_drawn(panel) for panel in panels], axis=1)
    foot = paper(_NOTE_PX * len(notes) + 12, drawn.shape[1])
    for number, note in enumerate(notes):
        letter(foot, note, (14, 18 + _NOTE_PX * number), 0.45)
    write_png(np.concatenate([drawn, foot]), path)


def _drawn(panel: LinePanel) -> Picture:
    picture = paper(_TOP_PX + _PLOT_PX + _FOOT_PX, _LEFT_PX + _PLOT_PX + _RIGHT_PX)
    points = [point for _, line in panel.lines for point in line]
    ends = [
        end for point in points for end in (point.value, point.low, point.high) if end is not None
    ]
    low, high = min(ends), max(ends)
    room = max(0.1 * (high - low), 0.005)
    low, high = low - room, high + room
    xs = sorted({point.x for point in points})

    def across(x: float) -> int:
        return _LEFT_PX + round((xs.index(x) + 0.5) / len(xs) * _PLOT_PX)

    def up(value: float) -> int:
        return _TOP_PX + round((high - value) / (high - low) * _PLOT_PX)

    for number in range(_LINES):
        value = low + (high - low) * number / (_LINES - 1)
        cv2.line(picture, (_LEFT_PX, up(value)), (_LEFT_PX + _PLOT_PX, up(value)), PALE, 1)
        letter(picture, f"{100 * value:.1f}", (14, up(value) + 5), 0.42)
    for x in xs:
        text = f"{x:g}"
        letter(
            picture, text, (across(x) - text_width(text, 0.45) // 2, _TOP_PX + _PLOT_PX + 20), 0.45
        )
    letter(picture, panel.below, (_LEFT_PX, _TOP_PX + _PLOT_PX + 46), 0.48)
    at = _LEFT_PX
    for number, ((name, line), colour) in enumerate(zip(panel.lines, _COLOURS, strict=False)):
        letter(picture, name, (at, 36), 0.48, colour)
        at += text_width(name, 0.48) + 24
        aside = _ASIDE_PX * (2 * number - 1)
        places = [(across(point.x) + aside, up(point.value)) for point in line]
        for point, place in zip(line, places, strict=True):
            if point.low is not None and point.high is not None:
                cv2.line(picture, (place[0], up(point.low)), (place[0], up(point.high)), colour, 1)
            cv2.circle(picture, place, 5, colour, cv2.FILLED, cv2.LINE_AA)
        for one, other in pairwise(places):
            cv2.line(picture, one, other, colour, 2, cv2.LINE_AA)
    cv2.line(picture, (_LEFT_PX, _TOP_PX), (_LEFT_PX, _TOP_PX + _PLOT_PX), INK, 1)
    return picture
