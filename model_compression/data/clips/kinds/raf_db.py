"""RAF-DB, the single labels ("basic"): pictures with one of seven expressions; train and test.

    [basic/]EmoLabel/list_patition_label.txt                 train_00001.jpg 5        (the file is spelt so)
    [basic/]Image/aligned/train_00001_aligned.jpg            100 px, turned upright, or else
    [basic/]Image/original/train_00001.jpg                   whole pictures, with the face at
    [basic/]Annotation/boundingbox/train_00001_boundingbox.txt       left top right bottom

The first of the two folders that is there is read. `boundingbox` may lie beside `Image` too; without a box the largest
face of a whole picture is taken to be the labelled one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import EXPRESSION, emotion_number
from model_compression.data.clips.source_picture import PicturePlace, SourcePicture
from model_compression.data.clips.source_video import FoundSet

LIST = "EmoLabel/list_patition_label.txt"
EMOTIONS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")  # 1 to 7
SPLITS = ("train", "test")  # as pictures' names begin
ALIGNED, ORIGINAL = "Image/aligned", "Image/original"
BOXES = ("Annotation/boundingbox", "boundingbox")


def find(root: Path) -> FoundSet:
    top = next((one for one in (root / "basic", root) if (one / LIST).is_file()), None)
    if top is None:
        return FoundSet((), (f"basic/{LIST}",))
    aligned = (top / ALIGNED).is_dir()
    boxes = next((top / folder for folder in BOXES if (top / folder).is_dir()), None)
    pictures: list[SourcePicture] = []
    missing: list[str] = []
    for where, name, emotion in _listed(top / LIST):
        stem = name.rpartition(".")[0] or name
        file = f"{ALIGNED}/{stem}_aligned.jpg" if aligned else f"{ORIGINAL}/{name}"
        split = name.partition("_")[0]
        if split not in SPLITS:
            raise UserError(f"{where}: {name} begins with neither train_ nor test_.")
        if not (top / file).is_file():
            missing.append(str((top / file).relative_to(root)))
            continue
        box = None if aligned or boxes is None else _box(boxes / f"{stem}_boundingbox.txt")
        pictures.append(
            SourcePicture(
                stem,
                PicturePlace(top / file),
                split=split,
                labels={EXPRESSION: emotion},
                box=box,
            )
        )
    return FoundSet((), tuple(missing), pictures=tuple(pictures))


def _listed(path: Path) -> Iterator[tuple[str, str, int]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error}); copy it again.") from error
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts:
            continue
        where = f"{path} line {number}"
        label = int(parts[1]) if len(parts) == 2 and parts[1].isdecimal() else 0
        if not 1 <= label <= len(EMOTIONS):
            raise UserError(
                f"{where}: is '{line.strip()}', where a picture and a number from 1 to 7 belong."
            )
        emotion = emotion_number(EMOTIONS[label - 1])
        assert emotion is not None
        yield where, parts[0], emotion


def _box(path: Path) -> tuple[int, int, int, int] | None:
    """None where the set has none for the picture."""
    if not path.is_file():
        return None
    try:
        left, top, right, bottom = map(float, path.read_text(encoding="utf-8").split())
        return round(left), round(top), round(right - left), round(bottom - top)
    except (ValueError, OverflowError) as error:
        raise UserError(f"{path}: is no box of four numbers; copy it again.") from error
