"""The chosen pictures side by side, for somebody to look at. They show people: they belong outside any repository."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

TILE_PX, CAPTION_PX, COLUMNS = 96, 16, 16
_DARK, _PALE = 24, (235, 235, 235)


def contact_sheet(
    pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str]
) -> NDArray[np.uint8]:
    """pictures: N of (H, W) luma; captions: N, ASCII -> (height, width, 3), BGR. Raises `ValueError` without any."""
    if not pictures or len(pictures) != len(captions):
        raise ValueError(f"{len(pictures)} pictures and {len(captions)} captions")
    rows, columns = -(-len(pictures) // COLUMNS), min(COLUMNS, len(pictures))
    high_px = TILE_PX + CAPTION_PX
    sheet = np.full((rows * high_px, columns * TILE_PX, 3), _DARK, dtype=np.uint8)
    for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        top, left = number // COLUMNS * high_px, number % COLUMNS * TILE_PX
        scale = TILE_PX / max(picture.shape)
        height, width = (max(1, round(side * scale)) for side in picture.shape)
        tile = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        sheet[top : top + height, left : left + width] = tile[..., None]
        place = (left + 2, top + TILE_PX + 12)
        cv2.putText(sheet, caption, place, cv2.FONT_HERSHEY_SIMPLEX, 0.34, _PALE, 1, cv2.LINE_AA)
    return sheet
