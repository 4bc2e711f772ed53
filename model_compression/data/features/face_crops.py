"""Faces that a set brings cut out: which picture files belong to which frame.

A file's first number is that of its frame, behind the folder's own name where it begins with that: `00001.jpg`,
`00001_2.jpg` and `video7_00001.jpg` are of the first frame, `01000.jpg` in the folder `01` is of the thousandth. Where
no file is numbered 0, frames are counted from 1. A frame whose file is missing shows no face.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from model_compression.data.clips.decoding import frame_pictures
from model_compression.data.features.seen_frame import Face, Picture

_NUMBER = re.compile(r"\d+")


def crops_by_frame(folders: Sequence[Path]) -> Mapping[int, list[Path]]:
    """Frame, counted from 0 -> its pictures. Files without a number are left alone."""
    numbered: dict[int, list[Path]] = defaultdict(list)
    for folder in folders:
        for path in frame_pictures(folder):
            found = _NUMBER.search(_behind(path.stem, folder.name))
            if found:
                numbered[int(found[0])].append(path)
    first = 0 if 0 in numbered else 1
    return {number - first: numbered[number] for number in sorted(numbered)}


def _behind(stem: str, name: str) -> str:
    rest = stem.removeprefix(name)
    # Of a folder that is called by a number, the digits may be the frame's own.
    return stem if not rest or (name.isdecimal() and rest[0].isdecimal()) else rest


def faces_of(paths: Sequence[Path]) -> tuple[tuple[Face, ...], int]:
    """The largest first; and how many cannot be read."""
    read = [_read(path) for path in paths]
    pictures = [one for one in read if one is not None]
    pictures.sort(key=lambda one: -one.shape[0] * one.shape[1])
    return tuple(Face(one) for one in pictures), len(read) - len(pictures)


def _read(path: Path) -> Picture | None:
    try:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:  # says of itself that it is larger than OpenCV reads
        return None
    return None if picture is None else np.asarray(picture, np.uint8)
