"""The set `headpose`: three short clips of large head turns, one of them with two people side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from model_compression.data.picture_set import Picture, cut_off, required

_PEOPLE = {
    "head-pose-face-detection-female.gif": ("woman",),
    "head-pose-face-detection-male.gif": ("man",),
    "head-pose-face-detection-female-and-male.gif": ("both-left", "both-right"),
}
_EVERY = 2  # neighbours differ little
_GIF_TRAILER = b";"


class HeadPose:
    name = "headpose"
    views = 6
    enlargement = 1

    def __init__(self, data_root: Path) -> None:
        self._folder = data_root / "headpose"

    def files(self) -> list[Path]:
        return [required(self._folder / name, self.name) for name in _PEOPLE]

    def count(self) -> int:
        return sum(1 for _ in self.pictures())

    def pictures(self) -> Iterator[Picture]:
        for path in self.files():
            for number, frame in enumerate(self._frames(path)):
                if number % _EVERY == 0:
                    yield Picture(f"{path.name}:{number}", frame, _PEOPLE[path.name])

    def _frames(self, path: Path) -> Iterator[NDArray[np.uint8]]:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 1))
            if file.read() != _GIF_TRAILER:
                raise cut_off(path, self.name, "the end of the clip is missing")
        try:
            with av.open(str(path)) as clip:
                for frame in clip.decode(video=0):
                    yield frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
        except (av.error.FFmpegError, IndexError) as error:
            raise cut_off(path, self.name, str(error)) from error
