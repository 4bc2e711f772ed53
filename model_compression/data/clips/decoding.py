"""The frames of a source video in order: a file through PyAV, or a folder of pictures, thinned to a frame rate.

Out: frames whose `index` counts the video's own frames, so that labels by frame stay in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.camera.source import UnusableSourceError
from model_compression.data.clips.source_video import SourceVideo

VIDEO_SUFFIXES = (".avi", ".mp4", ".mkv", ".mov", ".webm")
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
_USUAL_RATE_HZ = 25.0  # where a file does not tell
_NO_THINNING = 0.99  # a rate so near to the video's own keeps every frame
_ROUNDING_S = 1e-6


class VideoReader:
    """Raises `UnusableSourceError` where not one picture can be read, at once or with the first frame."""

    def __init__(self, video: SourceVideo, frame_rate_hz: float | None) -> None:
        """frame_rate_hz: at most so many; None: every frame."""
        self._file: VideoFileSource | None = None
        if video.path.is_dir():
            self._pictures = frame_pictures(video.path)
            told_hz = None
            self.frame_count: int | None = len(self._pictures)
        else:
            self._file = VideoFileSource(str(video.path), CameraSettings())
            told_hz = self._file.frame_rate_hz
            self.frame_count = self._file.frame_count
        own_hz = video.frame_rate_hz or told_hz or _USUAL_RATE_HZ
        self._own_hz = own_hz
        thins = frame_rate_hz is not None and frame_rate_hz < _NO_THINNING * own_hz
        self.frame_rate_hz = frame_rate_hz if thins and frame_rate_hz is not None else own_hz

    def frames(self) -> Iterator[Frame]:
        if self.frame_rate_hz == self._own_hz:
            return self._all()
        return _nearest(self._all(), self._own_hz, self.frame_rate_hz)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _all(self) -> Iterator[Frame]:
        if self._file is not None:
            while (frame := self._file.read()) is not None:
                # A damaged picture is not delivered, but the video's own count goes on.
                yield replace(frame, index=frame.index + self._file.skipped_count)
            return
        for index, path in enumerate(self._pictures):
            image = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if image is None:
                raise UnusableSourceError(f"{path}: is no readable picture")
            yield Frame(np.asarray(image, dtype=np.uint8), index / self._own_hz, index)


def frame_pictures(folder: Path) -> list[Path]:
    """By the numbers in their names: 2.jpg before 10.jpg."""
    pictures = [one for one in folder.iterdir() if _is(one, PICTURE_SUFFIXES)]
    return sorted(pictures, key=lambda one: (_numbers(one.stem), one.name))


def holds_pictures(folder: Path) -> bool:
    return folder.is_dir() and any(_is(one, PICTURE_SUFFIXES) for one in folder.iterdir())


def is_picture(path: Path) -> bool:
    """By its name."""
    return _is(path, PICTURE_SUFFIXES)


def is_video(path: Path) -> bool:
    """By its name."""
    return _is(path, VIDEO_SUFFIXES)


def _is(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Other systems leave files of their own beside each file, such as `._1.jpg`."""
    return path.suffix.lower() in suffixes and not path.name.startswith(".")


def _numbers(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", name)]


def _nearest(frames: Iterator[Frame], own_hz: float, wanted_hz: float) -> Iterator[Frame]:
    """The frame nearest to each instant of an even grid; an instant without one is left out, none is doubled."""
    half_s = 0.5 / own_hz
    number = 0
    for frame in frames:
        reached_s = frame.t_s + half_s + _ROUNDING_S
        if reached_s < number / wanted_hz:
            continue
        yield frame
        while number / wanted_hz <= reached_s:
            number += 1
