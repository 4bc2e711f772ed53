"""C-EXPR-DB (ABAW, compound expressions): videos of one or several people, seven compound expressions by frame.

    [videos/]<NAME>.mp4                                   such as 01.mp4
    cropped_aligned/<NAME>[_left,_right]/00001.jpg        where they are there: the faces of the first frame
    [*/]<any>.txt or .csv                                 labels, where they are there, in the form of the challenge:
                                                          `image_location,Fearfully_Surprised,...`, `01/00001.jpg,0`

The challenge hands out 56 videos without labels: they are read as test, and nothing is learned from them. A number in
the table is a class in the order below; -1 is none. Written from what is publicly told of the layout.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.data.features.kinds.abaw_tree import SIDES, AbawTree, whole_name
from model_compression.data.features.labelled_video import FoundVideos, LabelledVideo

COMPOUND = "compound"
COMPOUNDS = (
    "fearfully_surprised",
    "happily_surprised",
    "sadly_surprised",
    "disgustedly_surprised",
    "angrily_surprised",
    "sadly_fearful",
    "sadly_angry",
)
_COLUMN = "image_location"
_PICTURE = re.compile(r"(?P<video>[^/]+)/(?P<number>\d+)\.\w+")


def find(root: Path) -> FoundVideos:
    tree = AbawTree(root)
    labels: dict[str, dict[int, int]] = {}
    for path in _tables(tree):
        _read(path, labels)
    videos = tuple(
        LabelledVideo(
            name,
            file=path,
            crops=tuple(folder for side in ("", *SIDES) for folder in tree.crops(name + side)),
            sound=path,
            ends_early=True,  # a table names the frames that are labelled
            split="test",
            frame_labels=_by_frame(labels.get(name, {})),
        )
        for name, path in sorted(tree.videos.items())
    )
    missing = tuple(f"{name}.mp4" for name in sorted(labels) if name not in tree.videos)
    unlabelled = sum(not video.frame_labels for video in videos)
    notes = (f"{unlabelled} of {len(videos)} videos have no labels",) if unlabelled else ()
    return FoundVideos(videos, {COMPOUND: COMPOUNDS}, missing, notes)


def _tables(tree: AbawTree) -> list[Path]:
    files = [
        one
        for place in tree.places
        for one in sorted(place.iterdir())
        if one.suffix.lower() in (".txt", ".csv")
    ]
    return [path for path in files if path.is_file() and _first_line(path).startswith(_COLUMN)]


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _read(path: Path, labels: dict[str, dict[int, int]]) -> None:
    """Adds frame -> class of each video. Raises `UserError`."""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    named = [name.strip().lower() for name in lines[0].split(",")[1:] if name.strip()]
    if named and tuple(named) != COMPOUNDS:
        raise UserError(
            f"{path}: names other classes, or in another order, than {', '.join(COMPOUNDS)}."
        )
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        where, _, said = line.strip().partition(",")
        place = _PICTURE.fullmatch(where.strip())
        if place is None or said.strip() not in map(str, range(NO_CLASS, len(COMPOUNDS))):
            raise UserError(
                f"{path} line {number}: is '{line.strip()}' but must be like 01/00001.jpg,0."
            )
        frames = labels.setdefault(whole_name(place["video"]), {})
        frame = int(place["number"]) - 1
        if frame < 0 or frames.setdefault(frame, int(said)) != int(said):
            raise UserError(
                f"{path} line {number}: {where} is numbered 0, or has another label elsewhere."
            )


def _by_frame(frames: dict[int, int]) -> dict[str, NDArray[np.int64]]:
    if not frames:
        return {}
    classes = np.full(max(frames) + 1, NO_CLASS, np.int64)
    classes[list(frames)] = list(frames.values())
    return {COMPOUND: classes}
