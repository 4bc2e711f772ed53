"""One picture of a set: a file, a row of an npz, a member of a tar, or a line of pixels in a csv.

In: its place. Out: (H, W, 3) BGR or (H, W) luma.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.source import UnusableSourceError
from model_compression.data.clips.source_picture import PicturePlace

Picture = NDArray[np.uint8]

IMAGES = "images"  # of an npz
_DAMAGED_ARRAYS = (EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


def read_picture(place: PicturePlace) -> Picture:
    """Raises `UnusableSourceError` for what is no picture, `OSError` where the disk refuses."""
    if place.first is None:
        return _decoded(place.file.read_bytes(), place)
    if place.file.suffix == ".npz":
        images = _images(place.file, place.file.stat().st_mtime_ns)
        return np.asarray(images[place.first], dtype=np.uint8)
    with place.file.open("rb") as file:
        file.seek(place.first)
        content = file.read(place.size)
    return _pixels(content, place) if place.file.suffix == ".csv" else _decoded(content, place)


def _decoded(content: bytes, place: PicturePlace) -> Picture:
    image = None
    if content:
        # OpenCV raises where a header tells of more pixels than it reads.
        with suppress(cv2.error):
            image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise UnusableSourceError(f"{place.file}: is no readable picture")
    return np.asarray(image, dtype=np.uint8)


def _pixels(content: bytes, place: PicturePlace) -> Picture:
    """A square of numbers in one string, as FER2013 is written."""
    try:
        pixels = np.array(content.split(), dtype=np.int64)
    except ValueError:
        pixels = np.empty(0, dtype=np.int64)
    side = int(len(pixels) ** 0.5)
    if not side or side * side != len(pixels) or pixels.min() < 0 or pixels.max() > 255:
        raise UnusableSourceError(f"{place.file}: has no square of pixels at byte {place.first}")
    return pixels.reshape(side, side).astype(np.uint8)


@lru_cache(maxsize=1)
def _images(path: Path, changed_ns: int) -> Picture:
    """Unpacked once for all albums that a process makes of it; changed_ns: so that a new file is read anew."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return np.asarray(arrays[IMAGES], dtype=np.uint8)
    except _DAMAGED_ARRAYS as error:
        raise UnusableSourceError(f"{path}: holds no readable array '{IMAGES}'") from error
