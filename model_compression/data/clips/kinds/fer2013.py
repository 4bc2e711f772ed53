"""FER2013: grey pictures of 48 x 48 px with one of seven expressions.

    train.npz, val.npz (and test.npz)     images (N, 48, 48) uint8, labels (N,), classes: the names of the labels

or else

    fer2013.csv                           emotion,pixels,Usage: as published

The public test of the csv is val, the private one test.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from edge_app.errors import UserError
from model_compression.data.clips.classes import EXPRESSION, emotion_number
from model_compression.data.clips.fer2013_csv import PIXELS_FILE, pixel_lines
from model_compression.data.clips.picture_reading import IMAGES
from model_compression.data.clips.source_picture import PicturePlace, SourcePicture
from model_compression.data.clips.source_video import FoundSet

SPLITS = ("train", "val", "test")
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # 0 to 6, of the csv
USAGES = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
_DAMAGED = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error)


def find(root: Path) -> FoundSet:
    arrays = {split: root / f"{split}.npz" for split in SPLITS}
    if not any(path.is_file() for path in arrays.values()):
        if not (root / PIXELS_FILE).is_file():
            return FoundSet((), (f"train.npz or {PIXELS_FILE}",))
        return FoundSet((), pictures=tuple(_of_lines(root / PIXELS_FILE)))
    missing = tuple(f"{split}.npz" for split in ("train", "val") if not arrays[split].is_file())
    pictures = [
        picture
        for split, path in arrays.items()
        if path.is_file()
        for picture in _of_arrays(path, split)
    ]
    return FoundSet((), missing, pictures=tuple(pictures))


def _of_arrays(path: Path, split: str) -> list[SourcePicture]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, told = arrays[IMAGES], arrays["labels"]
            names = [str(name) for name in arrays["classes"]]
    except _DAMAGED as error:
        raise UserError(f"{path}: holds no readable pictures ({error}); copy it again.") from error
    emotions = [emotion_number(name) for name in names]
    if None in emotions:
        raise UserError(
            f"{path}: has a class {names[emotions.index(None)]}, which is none of the seven expressions."
        )
    if images.ndim != 3 or images.dtype != np.uint8 or told.size != len(images):
        raise UserError(
            f"{path}: has {IMAGES} {images.shape} {images.dtype} and {told.size} labels, where (N, 48, 48) uint8 and N"
            " labels belong."
        )
    if told.dtype.kind not in "iu":
        raise UserError(f"{path}: has labels of {told.dtype}, where whole numbers belong.")
    labels = told.reshape(-1).tolist()
    if not all(0 <= label < len(emotions) for label in labels):
        raise UserError(f"{path}: has a label that is none of its {len(emotions)} classes.")
    return [
        SourcePicture(
            f"{split}/{row:05d}",
            PicturePlace(path, row),
            split=split,
            labels={EXPRESSION: number},
        )
        for row, label in enumerate(labels)
        if (number := emotions[label]) is not None
    ]


def _of_lines(path: Path) -> list[SourcePicture]:
    pictures = []
    for row, line in enumerate(pixel_lines(path)):
        label = int(line.emotion) if line.emotion.isdecimal() else len(EMOTIONS)
        if label >= len(EMOTIONS) or line.usage not in USAGES:
            raise UserError(
                f"{path} line {row + 2}: has emotion {line.emotion} and Usage {line.usage}, where 0 to 6 and"
                f" {', '.join(USAGES)} belong."
            )
        number, split = emotion_number(EMOTIONS[label]), USAGES[line.usage]
        assert number is not None
        name = f"{split}/{row:05d}"
        pictures.append(SourcePicture(name, line.place, split=split, labels={EXPRESSION: number}))
    return pictures
