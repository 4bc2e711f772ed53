"""A drowsiness study read from its folder: ratings joined with what the system told in each drive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from edge_app.validation.ddaw_events import JudgedTest, Rating, judge_test
from edge_app.validation.outputs import Outputs, Told, read_outputs
from edge_app.validation.records import (
    Drive,
    drive_of,
    read_drives,
    read_participants,
    time_column,
)
from edge_app.validation.study import OBSERVED, DdawMethod, Study, load_study
from edge_app.validation.table_file import RecordError, read_table

RATINGS_FILE = OBSERVED["ddaw"]


@dataclass(frozen=True)
class DdawTest:
    """One drive with its ratings and outputs, judged when asked."""

    drive: Drive
    ratings: tuple[Rating, ...]
    outputs: Outputs
    method: DdawMethod

    @property
    def end_s(self) -> float:
        """The drive's end, or the last thing known of it."""
        if self.drive.end_s is not None:
            return self.drive.end_s
        return max([self.outputs.last_s, *(rating.t_s for rating in self.ratings)], default=0.0)

    @cached_property
    def warnings(self) -> tuple[Told, ...]:
        """Until the drive's end: a trace may run on."""
        told = self.outputs.warnings(self.method.warnings, self.method.least_level)
        return tuple(warning for warning in told if warning.t_s <= self.end_s)

    @cached_property
    def judged(self) -> JudgedTest:
        return self._judged(strict=False)

    @cached_property
    def judged_strictly(self) -> JudgedTest:
        return self._judged(strict=True)

    def longest_interval_s(self) -> float | None:
        """Between ratings once one of 6 or more was given (5.1.2); None with fewer than two from there on."""
        first = next((at for at, rating in enumerate(self.ratings) if rating.kss >= 6), None)
        if first is None or first + 1 >= len(self.ratings):
            return None
        return max(b.t_s - a.t_s for a, b in pairwise(self.ratings[first:]))

    def _judged(self, *, strict: bool) -> JudgedTest:
        return judge_test(
            self.ratings,
            self.warnings,
            active_from_s=self.drive.active_from_s,
            learning_s=60.0 * self.method.learning_phase_min,
            strict=strict,
        )


@dataclass(frozen=True, slots=True)
class DdawRecords:
    """All that a study's folder holds."""

    study: Study
    tests: tuple[DdawTest, ...]
    participants: int


def read_ddaw(folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> DdawRecords:
    """Raises `UserError` with file, line and column of what is wrong.

    progress: is told each drive whose trace is read.
    """
    study = load_study(folder, "ddaw")
    people = read_participants(folder)
    drives = read_drives(folder, people)
    ratings: dict[str, list[Rating]] = {name: [] for name in drives}
    for row in read_table(folder / RATINGS_FILE, ["drive", "kss"]):
        drive = drive_of(row, drives)
        rating = Rating(drive.seconds(row), row.whole("kss", 1, 9))
        drive.require_within(row, time_column(row), rating.t_s)
        if any(rating.t_s == other.t_s for other in ratings[drive.name]):
            raise RecordError(
                f"{row.file}:{row.line}: drive {drive.name} has two ratings at {rating.t_s:g} s; keep one"
            )
        ratings[drive.name].append(rating)
    outputs = read_outputs(folder, drives, progress=progress)
    tests = tuple(
        DdawTest(
            drive,
            tuple(sorted(ratings[name], key=lambda rating: rating.t_s)),
            outputs[name],
            study.ddaw,
        )
        for name, drive in drives.items()
    )
    return DdawRecords(study, tests, len(people))
