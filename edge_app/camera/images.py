"""`images:<folder or file>`: still pictures in natural order (2 before 10), one frame each at `frame_rate_hz`."""

from __future__ import annotations

import os
import re

import cv2
import numpy as np

from edge_app.camera.frame import Frame
from edge_app.camera.source import FrameSource, SourceSettings, UnusableSourceError
from edge_app.camera.sources import PICTURE_SUFFIXES


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    return ImagesSource(rest, settings)


class ImagesSource:
    """The pictures of one folder (not of folders in it), or a single picture, as BGR."""

    live = False

    def __init__(self, path: str, settings: SourceSettings) -> None:
        self.paths = _picture_paths(path)
        self._frame_rate_hz = settings.frame_rate_hz
        self._index = 0

    @property
    def frame_rate_hz(self) -> float | None:
        return self._frame_rate_hz

    @property
    def frame_count(self) -> int | None:
        return len(self.paths)

    def read(self) -> Frame | None:
        if self._index >= len(self.paths):
            return None
        index, path = self._index, self.paths[self._index]
        self._index += 1  # after a bad picture the next one can be read
        try:
            content = np.fromfile(path, dtype=np.uint8)
        except OSError as error:
            raise UnusableSourceError(f"{path}: cannot be read ({error.strerror})") from error
        if content.size == 0:
            raise UnusableSourceError(f"{path}: the picture is empty (0 bytes); copy or remove it")
        try:
            image = cv2.imdecode(content, cv2.IMREAD_COLOR)
        except cv2.error:  # a header that announces an absurd size
            image = None
        if image is None:
            raise UnusableSourceError(f"{path}: not a readable picture; convert or remove it")
        return Frame(np.asarray(image, dtype=np.uint8), index / self._frame_rate_hz, index)

    def close(self) -> None:
        self._index = len(self.paths)


def _picture_paths(path: str) -> list[str]:
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise UnusableSourceError(f"{path}: no such folder or picture; check the path")
    names = [name for name in os.listdir(path) if name.lower().endswith(PICTURE_SUFFIXES)]
    if not names:
        kinds = ", ".join(PICTURE_SUFFIXES)
        raise UnusableSourceError(f"{path}: the folder holds no picture ({kinds})")
    return [os.path.join(path, name) for name in sorted(names, key=_natural)]


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key under which frame2 comes before frame10."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
