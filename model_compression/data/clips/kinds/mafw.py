"""MAFW: clips of films and shows with one of eleven expressions (single labels), in the five folds of the public lists.

    [Train & Test Set/]single/no_caption/set_1..5/{train,test}.txt      00001.mp4 anger
    [data/]clips/00001.mp4                                              the clips, or else
    [data/]frames/00001/*.png (.jpg)                                    their frames

Fold N is what set_N/test.txt lists; the other folds are its training set. The seven are told as `expression` too.
Expressions of several at once ("compound") are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, EXPRESSION_11
from model_compression.data.clips.decoding import VIDEO_SUFFIXES, holds_pictures
from model_compression.data.clips.expression_labels import eleven_and_seven
from model_compression.data.clips.source_video import FoundSet, SourceVideo

LISTS = "single/no_caption"
FOLDS = (1, 2, 3, 4, 5)
_LIST_TOPS = ("Train & Test Set", "")
_CLIP_FOLDERS = ("data/clips", "clips")
_FRAME_FOLDERS = ("data/frames", "frames")
_FRAME_RATE_HZ = 25.0  # of the frames, which do not tell theirs


def find(root: Path) -> FoundSet:
    tops = [root / top / LISTS for top in _LIST_TOPS]
    lists = next((top for top in tops if top.is_dir()), tops[0])
    labels: dict[str, int] = {}
    folds: dict[str, int] = {}
    missing: list[str] = []
    for fold in FOLDS:
        trained: set[str] = set()
        for part in ("train", "test"):
            path = lists / f"set_{fold}" / f"{part}.txt"
            if not path.is_file():
                missing.append(str(path.relative_to(root)))
                continue
            for where, clip, number in _listed(path):
                if labels.setdefault(clip, number) != number:
                    raise UserError(f"{where}: {clip} has another label in another list.")
                if part == "train":
                    trained.add(clip)
                elif clip in trained:
                    raise UserError(f"{where}: {clip} is in train.txt too; copy the lists again.")
                elif folds.setdefault(clip, fold) != fold:
                    raise UserError(f"{where}: {clip} is tested in fold {folds[clip]} too.")
    videos = []
    for clip, number in sorted(labels.items()):
        source = _source(root, clip)
        if source is None:
            missing.append(f"{_CLIP_FOLDERS[0]}/{clip}.mp4")
            continue
        videos.append(
            SourceVideo(
                clip,
                source,
                fold=folds.get(clip, 0),
                labels=eleven_and_seven(number),
                frame_rate_hz=_FRAME_RATE_HZ if source.is_dir() else None,
            )
        )
    return FoundSet(tuple(videos), tuple(missing))


def _listed(path: Path) -> Iterator[tuple[str, str, int]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); copy it again.") from error
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts:
            continue
        name = parts[1].lower() if len(parts) == 2 else ""
        if name not in CLASSES[EXPRESSION_11]:
            raise UserError(
                f"{path} line {number}: is '{line.strip()}', where a clip and one of eleven expressions belong."
            )
        clip = parts[0].rpartition("/")[2]
        yield f"{path} line {number}", clip.partition(".")[0], CLASSES[EXPRESSION_11].index(name)


def _source(root: Path, clip: str) -> Path | None:
    videos = (
        root / folder / f"{clip}{suffix}" for folder in _CLIP_FOLDERS for suffix in VIDEO_SUFFIXES
    )
    found = next((path for path in videos if path.is_file()), None)
    frames = (root / folder / clip for folder in _FRAME_FOLDERS)
    return found or next((folder for folder in frames if holds_pictures(folder)), None)
