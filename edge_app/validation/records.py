"""The tables that drowsiness and distraction studies share: who took part, what was driven, in which conditions.

Columns that Vigil does not know are conditions, by which results are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_app.validation.table_file import RecordError, Row, read_table

LONGEST_S = 200_000.0  # two days and more: no drive is longer
_PARTICIPANT_COLUMNS = ("participant", "developer")
_DRIVE_COLUMNS = (
    "drive",
    "participant",
    "daylight",
    "start",
    "end_s",
    "active_from_s",
    "discarded",
    "trace",
)
_DISCARDED = ("", "test_error", "unreliable_ratings", "insufficient_data")
DAYLIGHT = ("day", "night")


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who took part, under a pseudonym."""

    name: str
    developer: bool  # involved in the development of the system
    conditions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drive:
    """One test: from the start to the end, or to a rest. Times within it count in seconds from its start."""

    name: str
    participant: Participant
    daylight: str
    active_from_s: float  # since when the conditions for the system's activation hold
    end_s: float | None  # None: until the last thing that is known of it
    discarded: str  # why its data are left out; empty: they are not
    conditions: Mapping[str, str]  # of the participant as well
    start: datetime | None
    trace: Path | None
    row: Row

    def seconds(self, row: Row) -> float:
        """The time of another table's row: `t_s`, or `wall` from the drive's start. Raises `RecordError`."""
        if time_column(row) == "t_s":
            return row.number("t_s", 0.0, LONGEST_S, "seconds from the drive's start")
        if self.start is None:
            raise self.row.fault("start", "the wall time at which this drive began, ISO 8601")
        moment = wall_time(row, "wall")
        assert moment is not None
        if (moment.tzinfo is None) != (self.start.tzinfo is None):
            raise row.fault("wall", "with a zone where the drive's start has one, else without")
        since_s = (moment - self.start).total_seconds()
        if not 0.0 <= since_s <= LONGEST_S:
            raise row.fault("wall", f"after the drive's start, {self.start.isoformat()}")
        return since_s

    def require_within(self, row: Row, column: str, t_s: float) -> None:
        """Raises `RecordError` where a row of another table is of a time after this drive's end."""
        if self.end_s is not None and t_s > self.end_s:
            place = f"{self.row.file.name}:{self.row.line}"
            raise row.fault(
                column, f"no later than end_s of drive {self.name}, {self.end_s:g} s ({place})"
            )


def time_column(row: Row) -> str:
    """The one by which this row's time is told."""
    return "t_s" if "t_s" in row.cells or "wall" not in row.cells else "wall"


def wall_time(row: Row, column: str) -> datetime | None:
    """ISO 8601; None of an empty cell. Raises `RecordError`."""
    text = row.cells.get(column, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise row.fault(column, "an ISO 8601 time such as 2026-11-30T21:05:00+01:00") from None


def read_participants(folder: Path) -> dict[str, Participant]:
    """By name. Raises `RecordError`."""
    people: dict[str, Participant] = {}
    rows = read_table(folder / "participants.csv", ["participant"])
    for row in rows:
        name = row.text("participant")
        if name in people:
            raise row.fault("participant", "named once in this file")
        people[name] = Participant(
            name, row.yes("developer"), _conditions(row, _PARTICIPANT_COLUMNS)
        )
    if not people:
        raise RecordError(f"{folder / 'participants.csv'}: names no participant below its header")
    return people


def read_drives(folder: Path, people: Mapping[str, Participant]) -> dict[str, Drive]:
    """By name, in the order of the file. Raises `RecordError`."""
    drives: dict[str, Drive] = {}
    file = folder / "drives.csv"
    for row in read_table(file, ["drive", "participant", "daylight"]):
        name = row.text("drive")
        if name in drives:
            raise row.fault("drive", "named once in this file")
        participant = participant_of(row, people)
        trace = row.cells.get("trace", "")
        if trace and not (folder / trace).exists():
            raise row.fault("trace", f"a trace file or folder within {folder}, or empty")
        conditions = {**participant.conditions, **_conditions(row, _DRIVE_COLUMNS)}
        drives[name] = Drive(
            name=name,
            participant=participant,
            daylight=row.word("daylight", DAYLIGHT),
            active_from_s=row.optional_number("active_from_s", 0.0, LONGEST_S, "seconds") or 0.0,
            end_s=row.optional_number("end_s", 0.0, LONGEST_S, "seconds"),
            discarded=row.word("discarded", _DISCARDED) if "discarded" in row.cells else "",
            conditions={"daylight": row.cells["daylight"], **conditions},
            start=wall_time(row, "start"),
            trace=folder / trace if trace else None,
            row=row,
        )
    if not drives:
        raise RecordError(f"{file}: names no drive below its header")
    return drives


def participant_of(row: Row, people: Mapping[str, Participant]) -> Participant:
    """Raises `RecordError` for somebody whom participants.csv does not name."""
    name = row.text("participant")
    if name not in people:
        raise row.fault("participant", "somebody in participants.csv")
    return people[name]


def drive_of(row: Row, drives: Mapping[str, Drive]) -> Drive:
    """Raises `RecordError` for a drive that drives.csv does not name."""
    name = row.text("drive")
    if name not in drives:
        raise row.fault("drive", "one in drives.csv")
    return drives[name]


def condition_names(conditions: Iterable[Mapping[str, str]]) -> list[str]:
    """Those with more than one value among all, in the order in which they first appear."""
    values: dict[str, set[str]] = {}
    for of_one in conditions:
        for name, value in of_one.items():
            values.setdefault(name, set()).add(value)
    return [name for name, found in values.items() if len(found) > 1]


def _conditions(row: Row, known: Sequence[str]) -> dict[str, str]:
    return {name: cell or "not told" for name, cell in row.cells.items() if name not in known}
