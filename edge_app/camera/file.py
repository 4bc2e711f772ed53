"""`file:<path>`: a video through PyAV, with the times that stand in the container.

Frames come at the file's own instants, whatever their spacing, counted from its first frame. Damaged packets are
skipped and counted; only a file without one readable picture is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from edge_app.camera.frame import Frame
from edge_app.camera.source import FrameSource, SourceSettings, UnusableSourceError


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    return VideoFileSource(rest, settings)


class VideoFileSource:
    """Every picture of a video file, as BGR, upright."""

    live = False

    def __init__(self, path: str, settings: SourceSettings) -> None:
        self._path = path
        self._container = _open(path)
        self._stream = _video_stream(self._container, path)
        if self._stream.codec_context is None:
            raise UnusableSourceError(
                f"{path}: nothing here can decode this kind of video; convert it to H.264"
            )
        self._stream.codec_context.thread_count = settings.decode_threads
        rate = self._stream.average_rate or self._stream.guessed_rate
        self._frame_rate_hz = float(rate) if rate else None
        self._step_s = 1.0 / (self._frame_rate_hz or settings.frame_rate_hz)
        self._pictures = self._decode()
        self._to_bgr = VideoReformatter()
        self._index = 0
        self._last_t_s = 0.0
        self._shift_s = (
            0.0  # added to the file's times, so that they begin at 0 and never turn back
        )
        self.skipped_count = 0  # damaged packets and pictures left out so far

    @property
    def frame_rate_hz(self) -> float | None:
        return self._frame_rate_hz

    @property
    def frame_count(self) -> int | None:
        return self._stream.frames or None

    def read(self) -> Frame | None:
        picture = next(self._pictures, None)
        if picture is None:
            if self._index == 0:
                raise UnusableSourceError(f"{self._path}: not one readable picture in this video")
            return None
        bgr = self._to_bgr.reformat(picture, format="bgr24")
        image = np.asarray(bgr.to_ndarray(), dtype=np.uint8)
        if picture.rotation:
            image = np.ascontiguousarray(np.rot90(image, round(picture.rotation / 90)))
        frame = Frame(image, self._time(picture), self._index)
        self._index += 1
        self._last_t_s = frame.t_s
        return frame

    def close(self) -> None:
        self._pictures = iter(())
        self._container.close()

    def _time(self, picture: VideoFrame) -> float:
        t_s = 0.0 if picture.pts is None else picture.time
        if self._index == 0:
            self._shift_s = -t_s
            return 0.0
        if picture.pts is None:
            return self._last_t_s + self._step_s
        if t_s + self._shift_s <= self._last_t_s:  # a joined file starts counting anew
            self._shift_s = self._last_t_s + self._step_s - t_s
        return t_s + self._shift_s

    def _decode(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                return
            except av.error.InvalidDataError:
                self.skipped_count += 1
                continue
            if packet is None:
                return
            try:
                pictures = packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:  # damaged, or of a kind that the decoder does not know
                self.skipped_count += 1
                continue
            for picture in pictures:
                if picture.is_corrupt:
                    self.skipped_count += 1
                else:
                    yield picture


def _open(path: str) -> InputContainer:
    if os.path.isdir(path):
        raise UnusableSourceError(f"{path}: is a folder; name a video in it")
    if not os.path.isfile(path):
        raise UnusableSourceError(f"{path}: no such video file; check the path")
    if os.path.getsize(path) == 0:
        raise UnusableSourceError(f"{path}: the video file is empty (0 bytes); copy it again")
    try:
        return av.open(path, metadata_errors="replace")  # titles are in any encoding
    except av.error.PermissionError as error:
        raise UnusableSourceError(f"{path}: this user may not read the file") from error
    except av.error.FFmpegError as error:
        if path.lower().endswith((".yaml", ".yml")):
            raise UnusableSourceError(
                f"{path}: not a video; a simulator's scenario is played as sim:{path}"
            ) from error
        raise UnusableSourceError(
            f"{path}: not a video, or a damaged one ({error.strerror}); copy or convert it again"
        ) from error


def _video_stream(container: InputContainer, path: str) -> VideoStream:
    if not container.streams.video:
        container.close()
        raise UnusableSourceError(f"{path}: holds no video stream")
    return container.streams.video[0]
