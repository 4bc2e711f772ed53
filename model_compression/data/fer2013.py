"""The sets `fer2013-train` and `fer2013-val`: 48 x 48 grey faces with one of seven emotions."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_compression.data.picture_set import Picture, cut_off, required

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""What a label counts in: the order in which the file names its classes."""

_DAMAGED = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


class Fer2013:
    """One split: 'train' or 'val'."""

    views = 4
    enlargement = 4

    def __init__(self, data_root: Path, split: str) -> None:
        self.name = f"fer2013-{split}"
        self._npz = data_root / "fer2013" / f"{split}.npz"

    def files(self) -> list[Path]:
        return [required(self._npz, self.name)]

    def count(self) -> int:
        return len(self._read()[1])

    def pictures(self) -> Iterator[Picture]:
        images, labels = self._read()
        for row, (image, label) in enumerate(zip(images, labels, strict=True)):
            yield Picture(str(row), image, ("",), int(label))

    def _read(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        (path,) = self.files()
        try:
            with np.load(path, allow_pickle=False) as arrays:
                images, labels = arrays["images"], arrays["labels"]
                classes = tuple(str(name) for name in arrays["classes"])
        except _DAMAGED as error:
            raise cut_off(path, self.name, str(error)) from error
        if images.ndim != 3 or images.dtype != np.uint8 or len(images) != len(labels):
            raise cut_off(
                path, self.name, f"images {images.shape} {images.dtype} and {len(labels)} labels"
            )
        if classes != EMOTIONS:
            raise cut_off(path, self.name, f"its classes are {', '.join(classes)}")
        return images, labels
