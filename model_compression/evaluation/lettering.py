"""Small words on a picture of a report: paper, ink and the width of a text."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3), BGR
INK, PALE, PAPER = (40, 40, 40), (205, 205, 205), 255
# Okabe and Ito's blue and vermilion, told apart by most eyes (BGR).
BLUE, RED = (178, 114, 0), (0, 94, 213)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def paper(height: int, width: int) -> Picture:
    return np.full((height, width, 3), PAPER, dtype=np.uint8)


def letter(
    picture: Picture,
    text: str,
    place: tuple[int, int],
    scale: float,
    ink: tuple[int, int, int] = INK,
) -> None:
    """text: ASCII. place: left end of its base line."""
    cv2.putText(picture, text, place, _FONT, scale, ink, 1, cv2.LINE_AA)


def text_width(text: str, scale: float) -> int:
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, 1)
    return int(width)


def shaded(share: float) -> tuple[int, int, int]:
    """Blue, as strong as the share of 1."""
    blue, green, red = (round(PAPER + share * (part - PAPER)) for part in BLUE)
    return blue, green, red
