"""FERPlus: the pictures of FER2013 with the votes of ten people on eight expressions; train, val and test.

    fer2013new.csv                                   Usage,Image name,neutral,happiness,...,contempt,unknown,NF
    [data/]FER2013{Train,Valid,Test}/fer0000000.png  the pictures, or else
    fer2013.csv                                      emotion,pixels,Usage: the same rows in the same order

A picture has the class of its majority, as the set's authors count it: single votes are dropped as slips, and the
class with the most votes must have more than half of all that are left. Where no class has that, or the majority says
`unknown` or `NF` (not a face), the picture is left out and counted. The seven are told as `expression` too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, EXPRESSION_8
from model_compression.data.clips.expression_labels import eight_and_seven
from model_compression.data.clips.fer2013_csv import PIXELS_FILE, pixel_lines
from model_compression.data.clips.label_table import table_rows, whole_number
from model_compression.data.clips.source_picture import PicturePlace, SourcePicture
from model_compression.data.clips.source_video import FoundSet

VOTES = "fer2013new.csv"
EMOTIONS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
)
NEITHER = ("unknown", "NF")
USAGES = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
FOLDERS = {"train": "FER2013Train", "val": "FER2013Valid", "test": "FER2013Test"}
_NAME = "Image name"
_SLIP = 1  # votes


def find(root: Path) -> FoundSet:
    table = root / VOTES
    tops = [
        top for top in (root, root / "data") if any((top / f).is_dir() for f in FOLDERS.values())
    ]
    missing = [] if table.is_file() else [VOTES]
    if not tops and not (root / PIXELS_FILE).is_file():
        missing.append(f"{FOLDERS['train']}/ or {PIXELS_FILE}")
    if missing:
        return FoundSet((), tuple(missing))
    lines = [] if tops else pixel_lines(root / PIXELS_FILE)
    pictures: list[SourcePicture] = []
    left_out: Counter[str] = Counter()
    for number, (where, row) in enumerate(table_rows(table, ("Usage", _NAME, *EMOTIONS, *NEITHER))):
        split = USAGES.get(row["Usage"])
        if split is None:
            raise UserError(f"{where}: Usage is '{row['Usage']}' but must be {', '.join(USAGES)}.")
        said = majority([whole_number(row[name], where, name) for name in (*EMOTIONS, *NEITHER)])
        if said is None or said in NEITHER:
            left_out["without a majority" if said is None else f"voted {said}"] += 1
            continue
        name = row[_NAME]
        if not name:
            # The set's authors made no picture of it, and count their names without it.
            left_out["without a name"] += 1
            continue
        if tops:
            path = tops[0] / FOLDERS[split] / name
            place = PicturePlace(path) if path.is_file() else None
        else:
            place = lines[number].place if number < len(lines) else None
            if place is not None and lines[number].usage != row["Usage"]:
                raise UserError(
                    f"{root / PIXELS_FILE}: row {number + 1} is of {lines[number].usage} and that of {VOTES} of"
                    f" {row['Usage']}; use the files as published."
                )
        if place is None:
            missing.append(
                f"{FOLDERS[split]}/{name}" if tops else f"row {number + 1} of {PIXELS_FILE}"
            )
            continue
        labels = eight_and_seven(CLASSES[EXPRESSION_8].index(said))
        pictures.append(SourcePicture(f"{split}/{name}", place, split=split, labels=labels))
    notes = tuple(f"{count} pictures {why} were left out." for why, count in left_out.items())
    return FoundSet((), tuple(missing), notes, tuple(pictures))


def majority(votes: Sequence[int]) -> str | None:
    """The class that more than half of all votes but single ones agree on."""
    counted = [count if count > _SLIP else 0 for count in votes]
    most = max(counted)
    return (*EMOTIONS, *NEITHER)[counted.index(most)] if 2 * most > sum(counted) else None
