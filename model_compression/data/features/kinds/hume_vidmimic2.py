"""Hume-Vidmimic2 (ABAW, mimicry intensity): videos of a few seconds, six intensities of each, 0..1.

    {train,valid,test}_split.csv         Filename,Admiration,Amusement,Determination,Empathic Pain,Excitement,Joy
    [test_data/]face_images/<ID>/*.jpg   faces cut out, one a frame; or else
    [test_data/]raw/<ID>.mp4             the videos
    [test_data/]wav/<ID>.wav             sound, where it is not taken from the video; `audio/<ID>.mp3` does as well

An ID is a number, such as 00001, with or without its zeros. Test has no intensities outside the challenge and may be
missing. Written from what is publicly told of the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.decoding import is_video
from model_compression.data.clips.label_table import real_number, table_rows
from model_compression.data.features.labelled_video import FoundVideos, LabelledVideo

_COLUMNS = ("Admiration", "Amusement", "Determination", "Empathic Pain", "Excitement", "Joy")
INTENSITIES = tuple(name.lower().replace(" ", "_") for name in _COLUMNS)
SPLITS = {"train": "train_split.csv", "val": "valid_split.csv", "test": "test_split.csv"}
_FILENAME = "Filename"
_BELOW = ("", "test_data")
_SOUNDS = (".wav", ".mp3", ".flac", ".m4a")


def find(root: Path) -> FoundVideos:
    files = _by_id(root, ("raw", "videos"), is_video)
    crops = _by_id(root, ("face_images",), Path.is_dir)
    sounds = _by_id(root, ("wav", "audio"), lambda one: one.suffix.lower() in _SOUNDS)
    videos: list[LabelledVideo] = []
    missing: list[str] = []
    notes: list[str] = []
    for split, name in SPLITS.items():
        table = root / name
        if not table.is_file():
            if split == "test":
                notes.append(f"there is no {name}, so that no test video is read")
            else:
                missing.append(name)
            continue
        for one, values in _rows(table, labelled=split != "test"):
            file, folder = files.get(one), crops.get(one)
            if file is None and folder is None:
                missing.append(f"{one} (face_images or raw)")
                continue
            videos.append(
                LabelledVideo(
                    one,
                    file=file,
                    crops=() if folder is None else (folder,),
                    sound=sounds.get(one, file),
                    split=split,
                    values=values,
                )
            )
    return FoundVideos(tuple(videos), {}, tuple(missing), tuple(notes))


def _rows(table: Path, *, labelled: bool) -> list[tuple[str, Mapping[str, float]]]:
    """ID and intensities; none of them in a test table that has no such columns, or leaves them empty."""
    rows: list[tuple[str, Mapping[str, float]]] = []
    for where, row in table_rows(table, (_FILENAME, *(_COLUMNS if labelled else ()))):
        told = [row.get(column, "") for column in _COLUMNS]
        values = {}
        if labelled or all(told):
            numbers = (
                _intensity(text, where, column) for text, column in zip(told, _COLUMNS, strict=True)
            )
            values = dict(zip(INTENSITIES, numbers, strict=True))
        rows.append((_id(row[_FILENAME]), values))
    return rows


def _intensity(text: str, where: str, column: str) -> float:
    number = real_number(text, where, column)
    if number > 1:
        raise UserError(f"{where}: {column} is {text} but must be an intensity from 0 to 1.")
    return number


def _by_id(root: Path, folders: tuple[str, ...], wanted: Callable[[Path], bool]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for place in (root / below / folder for below in _BELOW for folder in folders):
        for one in sorted(place.iterdir()) if place.is_dir() else ():
            if wanted(one) and not one.name.startswith("."):
                found.setdefault(_id(one.name), one)
    return found


def _id(name: str) -> str:
    """`1`, `00001` and `00001.mp4` are one."""
    stem = name.rsplit(".", 1)[0]
    return stem.zfill(5) if stem.isdecimal() else stem
