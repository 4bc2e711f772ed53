"""AffectNet, annotated by hand: pictures with one of eight expressions, valence and arousal; train and val.

    train_set/images/<N>.jpg                                            faces cut out, or else
    train_set/annotations/<N>_{exp,val,aro}.npy (and _lnd)              val_set/ alike

    training.csv, validation.csv                                        the first publication: whole pictures
    Manually_Annotated_Images/<folder>/<picture>                        paths as in subDirectory_filePath

The lists name columns in their first line or not, and may lie in `Manually_Annotated_file_lists`; pictures and lists
may lie in a folder `Manually_Annotated`. Pictures of no expression, of an uncertain one, or without a face (8 to 10)
are left out. The seven are told as `expression` too. A value that is not within -1..1 is left out of its picture.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, CLASSES, EXPRESSION_8, VALENCE
from model_compression.data.clips.decoding import is_picture
from model_compression.data.clips.expression_labels import eight_and_seven
from model_compression.data.clips.source_picture import PicturePlace, SourcePicture
from model_compression.data.clips.source_video import FoundSet

SETS = {"train": "train_set", "val": "val_set"}
LISTS = {"train": "training.csv", "val": "validation.csv"}
PICTURES = "Manually_Annotated_Images"
COLUMNS = (
    *("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height"),
    *("facial_landmarks", "expression", "valence", "arousal"),
)
# As numbered by the set, 0 to 7: the order of `expression_8`.
_CLASSES = len(CLASSES[EXPRESSION_8])
_NONE = ("no expression", "an uncertain expression", "no face")  # 8 to 10
_TOPS = ("", "Manually_Annotated")
_LIST_FOLDERS = ("", "Manually_Annotated_file_lists")


def find(root: Path) -> FoundSet:
    pictures: list[SourcePicture] = []
    missing: list[str] = []
    without: Counter[str] = Counter()
    arrays = any((root / folder).is_dir() for folder in SETS.values())
    for split in SETS:
        found = _of_arrays(root, split, missing) if arrays else _of_list(root, split, missing)
        for number, picture in found:
            if 0 <= number < _CLASSES:
                pictures.append(picture)
            else:
                without[_NONE[number - _CLASSES]] += 1
    notes = tuple(f"{count} pictures of {why} were left out." for why, count in without.items())
    return FoundSet((), tuple(missing), notes, tuple(pictures))


def _of_arrays(root: Path, split: str, missing: list[str]) -> Iterator[tuple[int, SourcePicture]]:
    folder = root / SETS[split]
    images, annotations = folder / "images", folder / "annotations"
    if not images.is_dir():
        missing.append(f"{SETS[split]}/images")
        return
    paths = [path for path in images.iterdir() if is_picture(path)]
    if not paths:
        missing.append(f"pictures in {SETS[split]}/images")
    for path in sorted(paths, key=lambda one: (len(one.stem), one.stem)):
        files = [annotations / f"{path.stem}_{what}.npy" for what in ("exp", "val", "aro")]
        absent = next((one for one in files if not one.is_file()), None)
        if absent is not None:
            missing.append(str(absent.relative_to(root)))
            continue
        number, valence, arousal = (_number(_of_array(one), str(one)) for one in files)
        yield _picture(f"{split}/{path.stem}", path, split, (number, valence, arousal), str(path))


def _of_array(path: Path) -> str:
    """One number, which the set wrote as text."""
    try:
        return str(np.load(path, allow_pickle=False).item())
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: is no array of one number ({error}); copy it again.") from error


def _of_list(root: Path, split: str, missing: list[str]) -> Iterator[tuple[int, SourcePicture]]:
    places = [root / top / folder / LISTS[split] for top in _TOPS for folder in _LIST_FOLDERS]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        missing.append(f"{SETS[split]}/ or {LISTS[split]}")
        return
    tops = [root / top / PICTURES for top in _TOPS]
    for where, row in _rows(path):
        name = row["subDirectory_filePath"]
        file = next((one for top in tops if (one := top / name).is_file()), None)
        if file is None:
            missing.append(f"{PICTURES}/{name}")
            continue
        told = tuple(_number(row[column], where) for column in ("expression", VALENCE, AROUSAL))
        box = tuple(_pixels(row[column], where) for column in COLUMNS[1:5])
        yield _picture(f"{split}/{name}", file, split, told, where, box)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """`FILE line N` and the row by the names of the columns, which some copies of a list do not have."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.reader(file)
            for cells in table:
                if not cells or cells[0] == COLUMNS[0]:
                    continue
                where = f"{path} line {table.line_num}"
                if len(cells) != len(COLUMNS):
                    raise UserError(
                        f"{where}: has {len(cells)} columns and not {len(COLUMNS)}; copy it again."
                    )
                yield where, dict(zip(COLUMNS, cells, strict=True))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: is no table of text ({error}).") from error


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UserError(f"{where}: has '{text}' where a number belongs; copy it again.") from error


def _pixels(text: str, where: str) -> int:
    number = _number(text, where)
    if not math.isfinite(number):
        raise UserError(f"{where}: has '{text}' where pixels belong; copy it again.")
    return round(number)


def _picture(
    name: str,
    path: Path,
    split: str,
    told: tuple[float, ...],
    where: str,
    box: tuple[int, ...] | None = None,
) -> tuple[int, SourcePicture]:
    """The expression's number, and the picture."""
    number, valence, arousal = told
    if number not in range(_CLASSES + len(_NONE)):
        raise UserError(f"{where}: expression is {number:g} but must be 0 to 10.")
    labelled = SourcePicture(
        name,
        PicturePlace(path),
        split=split,
        labels=eight_and_seven(int(number)) if number < _CLASSES else {},
        values={
            name: value
            for name, value in ((VALENCE, valence), (AROUSAL, arousal))
            if -1 <= value <= 1
        },
        box=(box[0], box[1], box[2], box[3]) if box else None,
    )
    return int(number), labelled
