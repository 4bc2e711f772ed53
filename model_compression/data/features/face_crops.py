"""Faces that a set brings cut out: which picture files belong to which frame.

A file's first number is that of its frame, behind the folder's own name where it begins with that: `00001.jpg`,
`00001_2.jpg` and `video7_00001.jpg` are of the first frame. Where no file is numbered 0, frames are counted from 1. A
frame whose file is missing shows no face.
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
            found = _NUMBER.search(path.stem.removeprefix(folder.name) or path.stem)
            if found:
                numbered[int(found[0])].append(path)
    first = 0 if 0 in numbered else 1
    return {number - first: numbered[number] for number in sorted(numbered)}


def faces_of(paths: Sequence[Path]) -> tuple[tuple[Face, ...], int]:
    """The largest first; and how many cannot be read."""
    read = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths]
    pictures: list[Picture] = [np.asarray(one, np.uint8) for one in read if one is not None]
    pictures.sort(key=lambda one: -one.shape[0] * one.shape[1])
    return tuple(Face(one) for one in pictures), len(read) - len(pictures)
