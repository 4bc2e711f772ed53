"""An address as a QR code of letters, for the camera of a telephone that is held before the terminal."""

from __future__ import annotations

import cv2
import numpy as np

_QUIET = 3  # modules of white around it
_BLOCKS = {
    (0, 0): "█",
    (0, 1): "▀",
    (1, 0): "▄",
    (1, 1): " ",
}  # dark above, dark below; white is drawn


def qr_lines(text: str) -> tuple[str, ...]:
    """Two rows of modules a line, for a dark terminal and a light one alike; empty where OpenCV cannot make one."""
    if not hasattr(cv2, "QRCodeEncoder"):
        return ()
    code = np.asarray(cv2.QRCodeEncoder.create().encode(text))
    dark = np.pad((code < 128).astype(np.uint8), _QUIET)
    if len(dark) % 2:
        dark = np.pad(dark, ((0, 1), (0, 0)))
    return tuple(
        "\x1b[97;40m"
        + "".join(_BLOCKS[int(a), int(b)] for a, b in zip(above, below, strict=True))
        + "\x1b[0m"
        for above, below in zip(dark[::2], dark[1::2], strict=True)
    )
