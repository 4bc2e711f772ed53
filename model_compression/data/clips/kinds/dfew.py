"""DFEW: clips of films with one of seven expressions, in the five folds of the public lists of single labels.

    EmoLabel_DataSplit/{train,test}(single-labeled)/set_1..5.csv     video_name,label (1 to 7)
    [Clip/]clip_224x224/00001/*.jpg                                  frames cut around the face, or else
    [Clip/]clip_224x224_avi/00001.avi                                the same as videos, or else
    [Clip/][original/]part_*/1.mp4                                   the clips as they are (.avi too)

The first of the three that is there is read, whatever the others hold. Frames around the face show captions too, and
are cut again. Fold N is what `test(single-labeled)/set_N.csv` lists; the other folds are its training set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import EXPRESSION, emotion_number
from model_compression.data.clips.decoding import VIDEO_SUFFIXES, holds_pictures
from model_compression.data.clips.label_table import table_rows, whole_number
from model_compression.data.clips.source_video import FoundSet, SourceVideo

LISTS = "EmoLabel_DataSplit"
FOLDS = (1, 2, 3, 4, 5)
EMOTIONS = ("happy", "sad", "neutral", "angry", "surprise", "disgust", "fear")  # 1 to 7
_FRAMES = "clip_224x224"
_VIDEO_FOLDERS = ("clip_224x224_avi", "part_*", "original/part_*", "original")
_FRAME_RATE_HZ = 25.0  # of the frames, which do not tell theirs


def find(root: Path) -> FoundSet:
    labels, folds, missing = _lists(root)
    clips = _clips(root)
    videos = []
    for number, label in sorted(labels.items()):
        name = f"{number:05d}"
        path = clips.get(number)
        if path is None:
            missing.append(f"clip {name}")
            continue
        rate = _FRAME_RATE_HZ if path.is_dir() else None
        videos.append(
            SourceVideo(
                name,
                path,
                fold=folds.get(number, 0),
                labels={EXPRESSION: label},
                frame_rate_hz=rate,
            )
        )
    return FoundSet(tuple(videos), tuple(missing))


def _lists(root: Path) -> tuple[dict[int, int], dict[int, int], list[str]]:
    """Label and fold by clip, and which lists are missing. Raises `UserError` where lists contradict each other."""
    labels: dict[int, int] = {}
    folds: dict[int, int] = {}
    missing: list[str] = []
    trained: dict[int, set[int]] = {}
    for fold in FOLDS:
        for part in ("test", "train"):
            path = root / LISTS / f"{part}(single-labeled)" / f"set_{fold}.csv"
            if not path.is_file():
                missing.append(str(path.relative_to(root)))
                continue
            for where, number, label in _listed(path):
                if labels.setdefault(number, label) != label:
                    raise UserError(f"{where}: clip {number} has another label in another list.")
                if part == "train":
                    trained.setdefault(fold, set()).add(number)
                elif folds.setdefault(number, fold) != fold:
                    raise UserError(
                        f"{where}: clip {number} is tested in fold {folds[number]} too."
                    )
    for fold, numbers in trained.items():
        both = [number for number in sorted(numbers) if folds.get(number) == fold]
        if both:
            raise UserError(
                f"{root / LISTS}: clip {both[0]} is trained and tested on in set_{fold}; copy the lists again."
            )
    return labels, folds, missing


def _listed(path: Path) -> Iterator[tuple[str, int, int]]:
    for where, row in table_rows(path, ("video_name", "label")):
        number = whole_number(row["video_name"], where, "video_name")
        label = whole_number(row["label"], where, "label")
        if not 1 <= label <= len(EMOTIONS):
            raise UserError(f"{where}: label is {label} but must be 1 to {len(EMOTIONS)}.")
        emotion = emotion_number(EMOTIONS[label - 1])
        assert emotion is not None
        yield where, number, emotion


def _clips(root: Path) -> dict[int, Path]:
    """By number, from the first place that holds any."""
    tops = (root / "Clip", root)
    for top in tops:
        if (top / _FRAMES).is_dir():
            found = {
                int(one.name): one
                for one in (top / _FRAMES).iterdir()
                if one.name.isdecimal() and holds_pictures(one)
            }
            if found:
                return found
    for pattern in _VIDEO_FOLDERS:
        for top in tops:
            found = {
                int(one.stem): one
                for folder in sorted(top.glob(pattern))
                if folder.is_dir()
                for one in folder.iterdir()
                if one.stem.isdecimal() and one.suffix.lower() in VIDEO_SUFFIXES
            }
            if found:
                return found
    return {}
