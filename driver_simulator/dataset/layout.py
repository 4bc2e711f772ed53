"""The layout on disk: what is where, and the tables `labels.csv`, `people.csv` and `drawn.csv`.

`drawn.csv` grows while clips are drawn and says which of them are complete; `labels.csv` is written last, so that a
set without it is no set yet.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from types import TracebackType

from driver_simulator.dataset.photographs import Photograph
from driver_simulator.dataset.plan import DatasetPlan, Drive, PlannedClip

LABEL_COLUMNS = (
    "clip",
    "split",
    "task",
    "label",
    "label_as_scripted",
    "person",
    "drive",
    "camera_position",
    "spectrum",
    "light",
    "eyewear",
    "mask",
    "cap",
    "driver_side",
    "kss",
    "seed",
    "duration_s",
    "frames",
    "frame_rate_hz",
    "face_left_px",
    "face_top_px",
    "face_width_px",
    "face_height_px",
)


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """A clip that is complete; the face's box is the median over its frames, all 0 where none is in view."""

    clip: str
    frames: int
    face_left_px: int
    face_top_px: int
    face_width_px: int
    face_height_px: int


_RECORD_COLUMNS = tuple(field.name for field in fields(ClipRecord))


def description_path(root: Path) -> Path:
    return root / "dataset.yaml"


def labels_path(root: Path) -> Path:
    return root / "labels.csv"


def photographs_path(root: Path) -> Path:
    return root / "photographs.csv"


def clip_path(root: Path, clip: PlannedClip) -> Path:
    return root / clip.split / clip.task / f"{clip.name}.mp4"


def truth_path(root: Path, clip: PlannedClip) -> Path:
    return root / "truth" / f"{clip.name}.csv"


class DrawnClips:
    """`drawn.csv`: one row for each complete clip, on the disk before it is counted."""

    def __init__(self, root: Path) -> None:
        self._path = root / "drawn.csv"
        self.records = self._read()
        # A row that a stop has cut short would spoil the one after it.
        write_table(self._path, _RECORD_COLUMNS, map(astuple, self.records.values()))
        self._file = self._path.open("a", newline="", encoding="utf-8")
        self._csv = csv.writer(self._file, lineterminator="\n")

    def add(self, records: Sequence[ClipRecord]) -> None:
        for record in records:
            self._csv.writerow(astuple(record))
            self.records[record.clip] = record
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> DrawnClips:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _read(self) -> dict[str, ClipRecord]:
        if not self._path.is_file():
            return {}
        text = self._path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1].splitlines()
        return {
            row[0]: ClipRecord(row[0], *map(int, row[1:]))
            for row in csv.reader(whole[1:])
            if len(row) == len(_RECORD_COLUMNS)
        }


def write_labels(root: Path, plan: DatasetPlan, drawn: DrawnClips) -> None:
    """Every clip of the plan has to be drawn."""
    rows = (_label_row(plan, drive, clip, drawn.records[clip.name]) for drive, clip in plan.clips)
    write_table(labels_path(root), LABEL_COLUMNS, rows)


def write_photographs(root: Path, photographs: Iterable[Photograph]) -> None:
    rows = ((one.name, one.reason) for one in photographs)
    write_table(photographs_path(root), ("photograph", "why_not_used"), rows)


def read_photographs(root: Path) -> list[Photograph] | None:
    """None where they have not been looked at."""
    path = photographs_path(root)
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        return [Photograph(name, reason) for name, reason in list(csv.reader(file))[1:]]


def write_people(root: Path, plan: DatasetPlan) -> None:
    rows = (
        (person.name, person.split, person.portrait, f"{person.eye_aperture_mm:.2f}")
        for person in plan.people
    )
    write_table(root / "people.csv", ("person", "split", "portrait", "eye_aperture_mm"), rows)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Complete or not at all."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _label_row(
    plan: DatasetPlan, drive: Drive, clip: PlannedClip, record: ClipRecord
) -> tuple[object, ...]:
    settings, person = plan.settings, drive.scenario.person
    return (
        clip.name,
        clip.split,
        clip.task,
        clip.label,
        clip.label_as_scripted,
        drive.person.name,
        drive.number,
        drive.camera.position,
        drive.camera.spectrum,
        drive.light,
        person.eyewear.type,
        int(person.mask),
        person.cap,
        drive.scenario.driver_side,
        f"{clip.scenario.state[0].kss:.2f}",
        drive.scenario.seed,
        f"{settings.duration_s:g}",
        record.frames,
        f"{settings.frame_rate_hz:g}",
        record.face_left_px,
        record.face_top_px,
        record.face_width_px,
        record.face_height_px,
    )
