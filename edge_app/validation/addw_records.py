"""A distraction study read from its folder: trials joined with what the system told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_app.validation.addw_trials import ZONES, Trial
from edge_app.validation.outputs import Outputs, read_outputs
from edge_app.validation.records import (
    LONGEST_S,
    Drive,
    drive_of,
    read_drives,
    read_participants,
)
from edge_app.validation.study import OBSERVED, Study, load_study
from edge_app.validation.table_file import RecordError, Row, read_table

TRIALS_FILE = OBSERVED["addw"]
_COLUMNS = (
    "trial",
    "drive",
    "zone",
    "in_area_3",
    "speed_kmh",
    "onset_s",
    "end_s",
    "warning_s",
    "attempt",
    "non_nominal",
    "expect",
    "not_applicable",
    "attentive_before_s",
)
_REQUIRED = ("trial", "drive", "zone", "in_area_3", "speed_kmh", "onset_s", "end_s")
_MOST_RETESTS = 2


@dataclass(frozen=True, slots=True)
class AddwRecords:
    """All that a study's folder holds."""

    study: Study
    trials: tuple[Trial, ...]
    drives: Mapping[str, Drive]
    outputs: Mapping[str, Outputs]  # empty where trials.csv tells the warnings itself


def read_addw(folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> AddwRecords:
    """Raises `UserError` with file, line and column of what is wrong."""
    study = load_study(folder, "addw")
    drives = read_drives(folder, read_participants(folder))
    rows = read_table(folder / TRIALS_FILE, _REQUIRED)
    if not rows:
        raise RecordError(f"{folder / TRIALS_FILE}: holds no trial below its header")
    told_there = "warning_s" in rows[0].cells
    outputs = {} if told_there else read_outputs(folder, drives, progress=progress)
    seen: set[str] = set()
    trials = []
    for row in rows:
        name = row.text("trial")
        if name in seen:
            raise row.fault("trial", "named once in this file")
        seen.add(name)
        trials.append(_trial(row, drives, outputs, study))
    kept = tuple(trial for trial in trials if not trial.drive.discarded)
    return AddwRecords(study, kept, drives, outputs)


def _trial(
    row: Row, drives: Mapping[str, Drive], outputs: Mapping[str, Outputs], study: Study
) -> Trial:
    drive = drive_of(row, drives)
    zone = row.text("zone")
    if len(zone) == 1 and zone not in ZONES:
        raise row.fault("zone", "a letter from a to n (EU 2023/2590, Part 2, 1.4.2), or a word")
    in_area_3 = row.yes("in_area_3")
    if in_area_3 and zone not in ZONES:
        raise row.fault(
            "zone", "a letter from a to n where in_area_3 is yes (EU 2023/2590, Part 2, 1.4.2)"
        )
    onset_s = row.number("onset_s", 0.0, LONGEST_S, "seconds from the drive's start")
    end_s = row.number("end_s", 0.0, LONGEST_S, "seconds from the drive's start")
    if end_s <= onset_s:
        raise row.fault("end_s", f"later than onset_s, {onset_s:g}")
    drive.require_within(row, "onset_s", onset_s)
    own = {name: cell or "not told" for name, cell in row.cells.items() if name not in _COLUMNS}
    return Trial(
        name=row.text("trial"),
        drive=drive,
        zone=zone,
        in_area_3=in_area_3,
        speed_kmh=row.number("speed_kmh", 0.0, 400.0, "km/h"),
        onset_s=onset_s,
        end_s=end_s,
        warning_s=_warning_s(row, onset_s, end_s, outputs.get(drive.name), study),
        attempt=row.whole("attempt", 0, _MOST_RETESTS) if row.cells.get("attempt") else 0,
        non_nominal=row.yes("non_nominal"),
        quiet_planned=row.cells.get("expect", "") != ""
        and row.word("expect", ("warning", "quiet")) == "quiet",
        not_applicable=row.cells.get("not_applicable", ""),
        attentive_before_s=row.optional_number("attentive_before_s", 0.0, LONGEST_S, "seconds"),
        conditions={**drive.conditions, **own},
        row=row,
    )


def _warning_s(
    row: Row, onset_s: float, end_s: float, outputs: Outputs | None, study: Study
) -> float | None:
    """As the row tells it; else the first that counts while the gaze was away."""
    if outputs is None:
        told_s = row.optional_number("warning_s", 0.0, LONGEST_S, "seconds from the drive's start")
        if told_s is not None and not onset_s <= told_s <= end_s:
            raise row.fault(
                "warning_s", f"from onset_s to end_s, {onset_s:g} to {end_s:g}, or empty"
            )
        return told_s
    warnings = outputs.warnings(study.addw.warnings, study.addw.least_level)
    return next((w.t_s for w in warnings if onset_s <= w.t_s <= end_s), None)
