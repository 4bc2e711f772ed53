"""AFEW (EmotiW): clips of films with one of seven expressions; train, and val on which results are reported.

    {Train,Val}_AFEW/<Emotion>/<clip>.avi                                       whole pictures, or else
    {Train,Val}_AFEW/AlignedFaces_LBPTOP_Points[_Val]/[...]/<Emotion>/<clip>/*.jpg    faces already cut out

`Train` and `Val` do as well for the folders' names. The published `Faces/<clip>/` has no emotions: they are the
folders of the videos, which are read in its place. Test is published without labels and is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_compression.data.clips.classes import CLASSES, EXPRESSION, emotion_number
from model_compression.data.clips.decoding import holds_pictures, is_video
from model_compression.data.clips.source_video import FoundSet, SourceVideo

SPLITS = {"train": ("Train_AFEW", "Train"), "val": ("Val_AFEW", "Val")}
_ALIGNED = "AlignedFaces_LBPTOP_Points*"
_FRAME_RATE_HZ = 25.0


def find(root: Path) -> FoundSet:
    videos: list[SourceVideo] = []
    missing: list[str] = []
    for split, names in SPLITS.items():
        folder = next((root / name for name in names if (root / name).is_dir()), root / names[0])
        found = _of_split(folder, split)
        videos += found
        shown = {video.labels[EXPRESSION] for video in found}
        missing += [
            f"clips of {emotion} in {folder.name}"
            for number, emotion in enumerate(CLASSES[EXPRESSION])
            if number not in shown
        ]
    return FoundSet(tuple(videos), tuple(missing))


def _of_split(folder: Path, split: str) -> list[SourceVideo]:
    """From the first place that holds any clip."""
    for place in _places(folder):
        found = [
            SourceVideo(
                f"{split}/{path.stem if path.is_file() else path.name}",
                path,
                split=split,
                labels={EXPRESSION: emotion},
                frame_rate_hz=None if path.is_file() else _FRAME_RATE_HZ,
            )
            for emotion, path in _clips(place)
        ]
        if found:
            return found
    return []


def _places(folder: Path) -> Iterator[Path]:
    yield folder
    for aligned in sorted(folder.glob(_ALIGNED)):
        yield aligned
        yield from sorted(one for one in aligned.iterdir() if one.is_dir())


def _clips(place: Path) -> Iterator[tuple[int, Path]]:
    for folder in sorted(place.iterdir()) if place.is_dir() else ():
        emotion = emotion_number(folder.name)
        if emotion is None or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if is_video(path) or holds_pictures(path):
                yield emotion, path
