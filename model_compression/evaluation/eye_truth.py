"""`truth`'s csv: the state of each eye in named frames of clips and of pictures in archives, as labelled by looking.

Columns: `source` (a path from the data folder, which holds the csv's folder; `archive:member` for a still), `frame`
(number from 0), `left` and `right` (sides of the picture: O open, P partly closed, C closed; anything else is no
label, `?` where annotators disagreed).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from model_compression.evaluation.three_state import CLOSED, OPEN, PARTLY

_COLUMNS = ("source", "frame", "left", "right")
_STATES = {"O": OPEN, "P": PARTLY, "C": CLOSED}
_SUBSETS = {"yawdd": "in_car", "nir": "infrared", "webcam": "webcam"}
# A person seen in the mirror of a picture: the picture's left is the driver's right.
_DRIVER_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class LabelledFrame:
    """One frame. states: the driver's own side -> OPEN, PARTLY or CLOSED; only eyes that have a label."""

    file: Path
    member: str | None  # of an archive
    frame: int
    states: dict[str, int]
    subset: str  # `in_car`, `infrared`, `webcam`, or the name of the folder

    @property
    def name(self) -> str:
        return f"{self.file.name}:{self.member or self.frame}"


def read_truth(path: Path) -> list[LabelledFrame]:
    """Every frame in the order of the file, also those without a label. Raises `UserError`."""
    if not path.is_file():
        raise UserError(f"{path}: there is no such csv; check the path")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise UserError(
                    f"{path}: has no column {missing[0]}; it needs {', '.join(_COLUMNS)}"
                )
            frames = [_frame(row, path, table.line_num) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a readable csv ({error}); copy it again") from error
    if not any(frame.states for frame in frames):
        raise UserError(f"{path}: holds no eye labelled O, P or C; name another file")
    return frames


def _frame(row: dict[str, str | None], path: Path, line: int) -> LabelledFrame:
    source, number = row["source"] or "", row["frame"] or ""
    if not source or not number.strip().isdecimal():
        raise UserError(
            f"{path}, line {line}: needs a source and a frame number, has {source!r}, {number!r}"
        )
    name, colon, member = source.partition(":")
    file = path.parent.parent / name
    if not file.exists():
        raise UserError(
            f"{path}, line {line}: {file} is not there; put the set beside the csv's folder"
        )
    states = {
        _DRIVER_SIDE[side]: _STATES[label]
        for side in ("left", "right")
        if (label := (row[side] or "").strip()) in _STATES
    }
    folder = name.partition("/")[0]
    return LabelledFrame(
        file, member if colon else None, int(number), states, _SUBSETS.get(folder, folder)
    )
