"""Pictures in which every frame carries its own number, and clips made of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 128, 96
_BITS = 8


def numbered_picture(number: int) -> NDArray[np.uint8]:
    """BGR, with `number` (0..255) in eight dark or bright columns; survives lossy coding."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 60, dtype=np.uint8)
    width = WIDTH_PX // _BITS
    for bit in range(_BITS):
        if number >> bit & 1:
            image[:, bit * width : (bit + 1) * width] = 200
    return image


def number_in(image: NDArray[np.uint8]) -> int:
    """The number that `numbered_picture` wrote."""
    columns = image[..., 0].mean(axis=0).reshape(_BITS, -1).mean(axis=1)
    return sum(1 << bit for bit, level in enumerate(columns) if level > 128)


def write_video(path: Path, times_ms: Sequence[int], gop: int = 12) -> Path:
    """A clip with one numbered picture at each time."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=1000)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.bit_rate, stream.gop_size = 2_000_000, gop
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, t_ms in enumerate(times_ms):
            picture = av.VideoFrame.from_ndarray(numbered_picture(number % 256), format="bgr24")
            picture.pts, picture.time_base = t_ms, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path
