"""A picture small enough to keep: luma, shrunk, and everything but the driver's head made unrecognisable."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.box import Box

# A passenger's face, some 50 px of 320, is two blocks across: less than anybody can be known by. Averages cannot be
# undone, as a blur can.
_BLOCKS_ACROSS = 12
_AROUND_THE_FACE = (
    0.3  # of the face's width and height, on each side: a hand at the eyes, the chin on the chest
)


@dataclass(frozen=True, slots=True)
class Picture:
    """luma: (H, W) uint8, not yet obscured. box: the driver's face in its pixels."""

    luma: NDArray[np.uint8]
    box: Box
    t_s: float


def shrunk(frame: Frame, box: Box, width_px: int) -> Picture:
    """`box` in the frame's pixels. The frame itself may be thrown away afterwards."""
    scale = min(1.0, width_px / frame.width_px)
    size = (round(frame.width_px * scale), max(1, round(frame.height_px * scale)))
    # The loop waits for this: of a large frame every second or third pixel is enough to average over.
    every = max(1, frame.width_px // (2 * width_px))
    thinned = np.ascontiguousarray(frame.image[::every, ::every])
    small = cv2.resize(thinned, size, interpolation=cv2.INTER_AREA)
    if small.ndim == 3:
        small = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    x0, y0, x1, y1 = (edge * scale for edge in box)
    return Picture(np.asarray(small, np.uint8), (x0, y0, x1, y1), frame.t_s)


def shown_region(picture: Picture) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 in whole pixels: what stays as it was taken."""
    x0, y0, x1, y1 = picture.box
    height, width = picture.luma.shape
    aside, above = _AROUND_THE_FACE * (x1 - x0), _AROUND_THE_FACE * (y1 - y0)
    left, right = max(0, round(x0 - aside)), min(width, round(x1 + aside))
    top, bottom = max(0, round(y0 - above)), min(height, round(y1 + above))
    return left, top, max(left, right), max(top, bottom)


def obscured(picture: Picture) -> NDArray[np.uint8]:
    """(H, W) uint8: coarse averages wherever the driver's head is not."""
    height, width = picture.luma.shape
    down = max(1, round(_BLOCKS_ACROSS * height / width))
    coarse = cv2.resize(picture.luma, (_BLOCKS_ACROSS, down), interpolation=cv2.INTER_AREA)
    left, top, right, bottom = shown_region(picture)
    veiled = np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
    )
    veiled[top:bottom, left:right] = picture.luma[top:bottom, left:right]
    return veiled


def jpeg(luma: NDArray[np.uint8], quality: int) -> bytes:
    done, encoded = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("a picture cannot be encoded")
    return encoded.tobytes()
