"""`rtsp://…`, `rtsps://…`: a network camera through PyAV, over TCP, with as little buffering as it allows."""

from __future__ import annotations

import time
from collections.abc import Iterator

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from edge_app.camera.capture_time import StreamClock
from edge_app.camera.frame import Frame
from edge_app.camera.source import FrameSource, SourceError, SourceSettings
from edge_app.camera.sources import shown_uri

_READ_TIMEOUT_S = 5.0
_OPTIONS = {
    "rtsp_transport": "tcp",  # UDP loses packets behind a vehicle's router, and then half of each picture
    "flags": "low_delay",
    "max_delay": "0",
    "probesize": "500000",
    "analyzeduration": "500000",
}


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    return RtspSource(rest, settings)


class RtspSource:
    """One network camera. Frames carry the sender's spacing, placed on this machine's clock."""

    live = True
    frame_count = None

    def __init__(self, uri: str, settings: SourceSettings) -> None:
        self._name = shown_uri(uri)
        try:
            self._container = av.open(
                uri, options=_OPTIONS, timeout=(settings.open_timeout_s, _READ_TIMEOUT_S)
            )
        except av.error.FFmpegError as error:
            raise SourceError(
                f"{self._name}: cannot connect ({error.strerror}); check address, path, user and password"
            ) from error
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(f"{self._name}: the stream holds no video; check the path")
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = settings.decode_threads
        self._stream.thread_type = "SLICE"  # frame threads would hold back a frame each
        self._pictures = self._decode()
        self._to_bgr = VideoReformatter()
        self._clock = StreamClock()
        self._last_t_s = 0.0
        self._index = 0
        self.skipped_count = 0  # damaged packets and pictures left out so far

    @property
    def frame_rate_hz(self) -> float | None:
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(rate) if rate else None

    def read(self) -> Frame | None:
        while True:
            picture = self._next_picture()
            arrival_s = time.monotonic()
            t_s = arrival_s
            if picture.pts is not None:
                t_s = self._clock.to_monotonic_s(picture.time, arrival_s)
            # While the clock is being found, a burst of held-up pictures may map to times gone by.
            if t_s > self._last_t_s:
                break
        bgr = self._to_bgr.reformat(picture, format="bgr24")
        frame = Frame(np.asarray(bgr.to_ndarray(), dtype=np.uint8), t_s, self._index)
        self._last_t_s = t_s
        self._index += 1
        return frame

    def close(self) -> None:
        self._pictures = iter(())
        self._container.close()

    def _next_picture(self) -> VideoFrame:
        try:
            picture = next(self._pictures, None)
        except av.error.FFmpegError as error:
            raise SourceError(f"{self._name}: the stream broke off ({error.strerror})") from error
        if picture is None:
            raise SourceError(f"{self._name}: the camera ended the stream")
        return picture

    def _decode(self) -> Iterator[VideoFrame]:
        whole = False  # before the first key frame pictures are made of differences to nothing
        for packet in self._container.demux(self._stream):
            try:
                pictures = packet.decode()
            except av.error.InvalidDataError:
                self.skipped_count += 1
                continue
            for picture in pictures:
                whole = whole or bool(picture.key_frame)
                if whole and not picture.is_corrupt:
                    yield picture
                else:
                    self.skipped_count += 1
