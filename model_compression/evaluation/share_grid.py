"""Shares or cosines as a grid of shaded cells with their numbers: which expert answers whom, which classes are near."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from model_compression.evaluation.figure import Floats
from model_compression.evaluation.lettering import (
    INK,
    PALE,
    Picture,
    letter,
    paper,
    shaded,
    text_width,
)

_CELL_PX, _MARGIN_PX, _TITLE_PX = 72, 24, 44


def share_grid(
    shares: Floats,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    *,
    strongest: float = 1.0,
) -> Picture:
    """shares: (rows, columns). strongest: the share that is shaded full; from 0 down a cell stays white."""
    left = _MARGIN_PX + max(text_width(name, 0.5) for name in rows) + 12
    top = _TITLE_PX + 28
    width = max(left + _CELL_PX * len(columns), _MARGIN_PX + text_width(title, 0.6)) + _MARGIN_PX
    picture = paper(top + _CELL_PX * len(rows) + _MARGIN_PX, width)
    letter(picture, title, (_MARGIN_PX, 30), 0.6)
    for column, name in enumerate(columns):
        scale = min(0.5, 0.5 * (_CELL_PX - 6) / text_width(name, 0.5))
        letter(picture, name, (left + _CELL_PX * column + 3, top - 8), scale)
    for row, name in enumerate(rows):
        y = top + _CELL_PX * row
        letter(picture, name, (left - 8 - text_width(name, 0.5), y + _CELL_PX // 2 + 5), 0.5)
        for column in range(len(columns)):
            share = float(shares[row, column])
            x = left + _CELL_PX * column
            depth = min(max(share / strongest, 0.0), 1.0)
            cell = (x, y), (x + _CELL_PX, y + _CELL_PX)
            cv2.rectangle(picture, *cell, shaded(depth), cv2.FILLED)
            cv2.rectangle(picture, *cell, PALE, 1)
            text = f"{round(share, 2) + 0.0:.2f}"  # no minus before a zero
            place = (x + (_CELL_PX - text_width(text, 0.5)) // 2, y + _CELL_PX // 2 + 5)
            letter(picture, text, place, 0.5, (255, 255, 255) if depth > 0.55 else INK)
    return picture
