"""`overlay.mp4`: pictures with their times in, an H.264 file out that browsers and phones play.

Each picture keeps its own time (variable frame rate), so the video is in step with the clip it was made from.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError

_TICKS_PER_S = 90_000
_ENCODERS = ("libx264", "libopenh264", "h264")


class OverlayVideo:
    """Writes one file; the first picture fixes the size, later ones of another size are fitted into it.

    Raises `UserError` when the file cannot be written or no H.264 encoder is there.
    """

    def __init__(self, path: Path, *, threads: int = 1, quality_crf: int = 24) -> None:
        self._path = path
        self._threads = threads
        self._quality_crf = quality_crf
        self._stream: av.VideoStream | None = None
        self._closed = False
        self._first_t_s = 0.0
        self._last_tick = -1
        self._frame_ticks = _TICKS_PER_S // 30
        try:
            # PyAV opens the file at the first picture; a wrong path should be told before the work.
            path.open("wb").close()
            self._container = av.open(
                str(path), "w", format="mp4", options={"movflags": "+faststart"}
            )
        except (OSError, ValueError) as error:
            raise self._cannot_write(error) from error

    def write(self, image: NDArray[np.uint8], t_s: float) -> None:
        """image: (H, W, 3) BGR, or (H, W) luma. One not later than the one before it is moved one tick after it."""
        if image.ndim == 2:
            image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
        if self._stream is None:
            self._stream = self._open_stream(image.shape[1], image.shape[0])
            self._first_t_s = t_s
        stream = self._stream
        tick = round((t_s - self._first_t_s) * _TICKS_PER_S)
        if tick <= self._last_tick:
            tick = self._last_tick + 1
        if self._last_tick >= 0:
            self._frame_ticks = tick - self._last_tick
        self._last_tick = tick
        fitted = _fit(image, stream.width, stream.height)
        frame = av.VideoFrame.from_ndarray(fitted, format="bgr24").reformat(format="yuv420p")
        frame.pts = tick
        frame.time_base = Fraction(1, _TICKS_PER_S)
        self._mux(frame)

    def close(self) -> None:
        """Finish the file. May be called twice. A file without a single picture is removed."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._stream is not None:
                for packet in self._stream.encode(None):
                    self._container.mux(packet)
            self._container.close()
        except OSError as error:
            raise self._cannot_write(error) from error
        if self._stream is None:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> OverlayVideo:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _mux(self, frame: av.VideoFrame) -> None:
        assert self._stream is not None
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except OSError as error:
            raise self._cannot_write(error) from error

    def _open_stream(self, width_px: int, height_px: int) -> av.VideoStream:
        encoder = next((name for name in _ENCODERS if name in av.codecs_available), None)
        if encoder is None:
            raise UserError(f"{self._path}: this PyAV has no H.264 encoder; install the 'av' wheel")
        stream = self._container.add_stream(encoder, rate=30)
        assert isinstance(stream, av.VideoStream)
        # yuv420p halves the colour planes: sides must be even.
        stream.width, stream.height = max(2, width_px & ~1), max(2, height_px & ~1)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        stream.codec_context.thread_count = self._threads
        if encoder == "libx264":
            stream.options = {"preset": "veryfast", "crf": str(self._quality_crf), "bf": "0"}
        return stream

    def _cannot_write(self, error: Exception) -> UserError:
        return UserError(f"{self._path}: the video cannot be written ({error})")


def _fit(image: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Crop an odd last row or column; scale anything else, keeping its proportions, onto black."""
    height, width = image.shape[:2]
    if width - width_px in (0, 1) and height - height_px in (0, 1):
        return np.ascontiguousarray(image[:height_px, :width_px])
    scale = min(width_px / width, height_px / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = np.zeros((height_px, width_px, 3), np.uint8)
    left, top = (width_px - size[0]) // 2, (height_px - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA
    )
    return canvas
