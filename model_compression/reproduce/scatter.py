"""Points of several sets side by side as one picture, coloured by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats
from model_compression.evaluation.png_file import write_png

_PANEL_PX = 560
_MARGIN_PX = 28
_TITLE_PX = 40
_LEGEND_LINE_PX = 24
_DOT_PX = 4
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _PAPER = (40, 40, 40), 255
# Okabe and Ito's colours, told apart by most eyes (BGR).
_COLOURS = (
    (178, 114, 0),
    (0, 94, 213),
    (115, 158, 0),
    (167, 121, 204),
    (0, 159, 230),
    (233, 180, 86),
    (66, 228, 240),
)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    title: str
    places: Floats  # (N, 2)
    truth: NDArray[np.int64]  # (N,)
    classes: tuple[str, ...]


def write_scatter(panels: Sequence[Panel], path: Path) -> None:
    """Raises `UserError` where the file cannot be written."""
    lines = max(len(panel.classes) for panel in panels)
    height = _TITLE_PX + _PANEL_PX + _LEGEND_LINE_PX * lines + _MARGIN_PX
    picture = np.concatenate([_drawn(panel, height) for panel in panels], axis=1)
    write_png(picture, path)


def _drawn(panel: Panel, height: int) -> NDArray[np.uint8]:
    """(height, _PANEL_PX, 3)"""
    picture = np.full((height, _PANEL_PX, 3), _PAPER, dtype=np.uint8)
    cv2.putText(picture, panel.title, (_MARGIN_PX, 27), _FONT, 0.6, _INK, 1, cv2.LINE_AA)
    low, high = panel.places.min(axis=0), panel.places.max(axis=0)
    scale = (_PANEL_PX - 2 * _MARGIN_PX) / max(float((high - low).max()), 1e-9)
    centred = (panel.places - (low + high) / 2) * scale + _PANEL_PX / 2
    for (x, y), number in zip(centred.round().astype(int).tolist(), panel.truth, strict=True):
        cv2.circle(
            picture, (x, y + _TITLE_PX), _DOT_PX, _colour(int(number)), cv2.FILLED, cv2.LINE_AA
        )
    for number, name in enumerate(panel.classes):
        top = _TITLE_PX + _PANEL_PX + _LEGEND_LINE_PX * number
        cv2.circle(
            picture, (_MARGIN_PX, top), _DOT_PX + 1, _colour(number), cv2.FILLED, cv2.LINE_AA
        )
        count = int((panel.truth == number).sum())
        place = (_MARGIN_PX + 16, top + 5)
        cv2.putText(picture, f"{name} ({count})", place, _FONT, 0.5, _INK, 1, cv2.LINE_AA)
    return picture


def _colour(number: int) -> tuple[int, int, int]:
    return _COLOURS[number % len(_COLOURS)]
