"""Pictures of a report on clip networks: who is taken for whom, and whether confidence can be believed."""

from __future__ import annotations

from pathlib import Path

import cv2

from model_compression.evaluation.classification import Confusion
from model_compression.evaluation.clips.calibration_error import BINS
from model_compression.evaluation.clips.scores import Scores
from model_compression.evaluation.lettering import (
    BLUE,
    INK,
    PALE,
    RED,
    Picture,
    letter,
    paper,
    shaded,
    text_width,
)
from model_compression.evaluation.png_file import write_png

CONFUSION, RELIABILITY = "confusion.png", "reliability.png"

_CELL_PX, _MARGIN_PX, _TITLE_PX = 104, 24, 64
_PLOT_PX, _COUNTS_PX, _AXIS_PX = 480, 110, 62


def picture_files(folder: Path) -> list[Path]:
    return [folder / CONFUSION, folder / RELIABILITY]


def write_pictures(scores: Scores, title: str, folder: Path) -> list[Path]:
    """title: of what, in a few ASCII words. Raises `UserError` where the folder cannot be written."""
    places = picture_files(folder)
    write_png(confusion_picture(scores.confusion, title), places[0])
    write_png(reliability_picture(scores, title), places[1])
    return places


def confusion_picture(confusion: Confusion, title: str) -> Picture:
    """A row for each true class, shaded by the share of its clips."""
    names = confusion.classes
    left = _MARGIN_PX + max(text_width(name, 0.5) for name in names) + 16
    top = _TITLE_PX + 34
    side = _CELL_PX * len(names)
    width = max(left + side, _MARGIN_PX + text_width(title, 0.6)) + _MARGIN_PX
    picture = paper(top + side + _MARGIN_PX, width)
    letter(picture, title, (_MARGIN_PX, 30), 0.6)
    letter(picture, "rows: true, columns: said", (_MARGIN_PX, 54), 0.45)
    for row, name in enumerate(names):
        y = top + _CELL_PX * row
        letter(picture, name, (left - 10 - text_width(name, 0.5), y + _CELL_PX // 2 + 5), 0.5)
        scale = min(0.5, 0.5 * (_CELL_PX - 6) / text_width(name, 0.5))
        letter(picture, name, (left + _CELL_PX * row + 4, top - 10), scale)
        total = int(confusion.counts[row].sum())
        for column in range(len(names)):
            count = int(confusion.counts[row, column])
            share = count / total if total else 0.0
            x = left + _CELL_PX * column
            cv2.rectangle(picture, (x, y), (x + _CELL_PX, y + _CELL_PX), shaded(share), cv2.FILLED)
            cv2.rectangle(picture, (x, y), (x + _CELL_PX, y + _CELL_PX), PALE, 1)
            ink = (255, 255, 255) if share > 0.55 else INK
            for text, down, size in ((f"{share:.0%}", -4, 0.65), (str(count), 22, 0.45)):
                place = (x + (_CELL_PX - text_width(text, size)) // 2, y + _CELL_PX // 2 + down)
                letter(picture, text, place, size, ink)
    return picture


def reliability_picture(scores: Scores, title: str) -> Picture:
    """How often right, over how sure; below, how many clips were that sure. On the diagonal it can be believed."""
    left, top = _MARGIN_PX + 34, _TITLE_PX + 8
    foot = top + _PLOT_PX
    base = foot + 30 + _COUNTS_PX
    width = max(left + _PLOT_PX, _MARGIN_PX + text_width(title, 0.6)) + _MARGIN_PX
    picture = paper(base + _AXIS_PX, width)
    ece = scores.figures["ece"].value
    told = "" if ece is None else f", ECE {ece:.3f}"
    letter(picture, title, (_MARGIN_PX, 30), 0.6)
    letter(picture, f"how often right, by confidence{told}", (_MARGIN_PX, 54), 0.45)
    for tenth in range(0, 11, 2):
        at = round(_PLOT_PX * tenth / 10)
        label = f"{tenth / 10:.1f}"
        cv2.line(picture, (left, foot - at), (left + _PLOT_PX, foot - at), PALE, 1)
        letter(picture, label, (left - 32, foot - at + 5), 0.42)
        letter(picture, label, (left + at - 10, base + 20), 0.42)
    most = max(each.count for each in scores.reliability)
    bar = _PLOT_PX // BINS
    for each in scores.reliability:
        x = left + bar * each.number + 2
        end = x + bar - 4
        y = foot - round(_PLOT_PX * each.accuracy)
        cv2.rectangle(picture, (x, y), (end, foot), BLUE, cv2.FILLED)
        expected = foot - round(_PLOT_PX * each.confidence)
        cv2.line(picture, (x, expected), (end, expected), RED, 3)
        height = max(2, round(_COUNTS_PX * each.count / most))
        cv2.rectangle(picture, (x, base - height), (end, base), PALE, cv2.FILLED)
        count = str(each.count)
        inside = base - height + 14 if height > 18 else base - height - 4
        letter(picture, count, ((x + end - text_width(count, 0.38)) // 2, inside), 0.38)
    cv2.line(picture, (left, foot), (left + _PLOT_PX, top), RED, 1, cv2.LINE_AA)
    for y in (foot, base):
        cv2.line(picture, (left, y), (left + _PLOT_PX, y), INK, 1)
    caption = "confidence (grey: clips; red: as often right as it is sure)"
    letter(picture, caption, (left, base + 44), 0.42)
    return picture
