"""The worst errors of a run as contact sheets to look at. They show people: they belong outside any repository."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError

_KEPT = 40
_COLUMNS = 8
_TILE_PX = 180
_CAPTION_PX = 34
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(order=True, frozen=True, slots=True)
class _Case:
    badness: float
    order: int
    tile: NDArray[np.uint8] = field(compare=False)  # (_TILE_PX, _TILE_PX, 3)
    caption: str = field(compare=False)


class WorstCases:
    """Keeps the worst pictures of each sheet; without a folder it keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            check_outside_repositories(folder)
        self._folder = folder
        self._sheets: dict[str, list[_Case]] = {}
        self._order = itertools.count()
        self._of = ""

    def begin(self, kind: str) -> None:
        """What follows is of another set."""
        self._of = kind

    def add(self, sheet: str, badness: float, image: NDArray[np.uint8], caption: str) -> None:
        """image: (H, W[, 3]); of one sheet the cases with the greatest badness stay."""
        if self._folder is None:
            return
        kept = self._sheets.setdefault(f"{self._of}-{sheet}", [])
        if len(kept) >= _KEPT and badness <= kept[0].badness:
            return
        heapq.heappush(kept, _Case(badness, next(self._order), _tile(image), caption))
        if len(kept) > _KEPT:
            heapq.heappop(kept)

    def write(self) -> list[Path]:
        """One PNG for each sheet, worst first."""
        if self._folder is None:
            return []
        self._folder.mkdir(parents=True, exist_ok=True)
        written = []
        for sheet, cases in self._sheets.items():
            path = self._folder / f"{sheet}.png"
            if not cv2.imwrite(str(path), _sheet(sorted(cases, reverse=True))):
                raise UserError(
                    f"{path}: the contact sheet cannot be written; choose another folder"
                )
            written.append(path)
        return written


def check_outside_repositories(folder: Path) -> None:
    place = folder.expanduser().absolute()
    inside = next((up for up in (place, *place.parents) if (up / ".git").exists()), None)
    if inside is not None:
        raise UserError(
            f"{folder}: lies in the repository {inside}; pictures of people do not belong there, choose a"
            " folder outside it"
        )


def _tile(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
    scale = _TILE_PX / max(colour.shape[:2])
    height, width = (max(1, round(side * scale)) for side in colour.shape[:2])
    tile = np.zeros((_TILE_PX, _TILE_PX, 3), dtype=np.uint8)
    tile[:height, :width] = cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA)
    return tile


def _sheet(cases: list[_Case]) -> NDArray[np.uint8]:
    rows = -(-len(cases) // _COLUMNS)
    high_px = _TILE_PX + _CAPTION_PX
    sheet = np.full((rows * high_px, _COLUMNS * _TILE_PX, 3), 24, dtype=np.uint8)
    for number, case in enumerate(cases):
        top, left = number // _COLUMNS * high_px, number % _COLUMNS * _TILE_PX
        sheet[top : top + _TILE_PX, left : left + _TILE_PX] = case.tile
        for line, text in enumerate((case.caption[:30], case.caption[30:60])):
            place = (left + 3, top + _TILE_PX + 13 + 14 * line)
            cv2.putText(sheet, text, place, _FONT, 0.38, (235, 235, 235), 1, cv2.LINE_AA)
    return sheet
