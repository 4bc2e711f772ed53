"""An empty study to fill in: the files with their headers, and a README that explains every column."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from edge_app.errors import UserError
from edge_app.validation.addw_trials import ZONES
from edge_app.validation.outputs import OUTPUT_COLUMNS, OUTPUTS_FILE
from edge_app.validation.study import STUDY_FILE, Kind, Study

_STUDY = """\
# What was studied. Every key is explained in README.md.
title: ""            # name of the study
date: ""             # "YYYY-MM-DD", when it was finished
system: ""           # system and version under test
configuration: ""    # profile, changed settings, bundle of models
road: ""             # open_road, test_track or simulator
consent: ""          # which consent the participants gave, to what, where it is kept; no names
description: ""
simulated: false
"""
_DDAW = """\
ddaw:
  rating_interval_min: 5
  learning_phase_min: 0
  affected_by_light: true
  warnings: [drowsiness, microsleep, sleep, unresponsive]
  least_level: warning
"""
_ADDW = """\
addw:
  warnings: [off_road_glance, off_road_share]
  least_level: warning
  zones_without: []    # letters of zones that the vehicle does not have, or not below 30 degrees
  affected_by_light: true
"""
_HEADERS = {
    "participants.csv": "participant,developer,age_group,group",
    "drives.csv": "drive,participant,daylight,start,end_s,active_from_s,discarded,trace,light,glasses,camera",
    "ratings.csv": "drive,t_s,kss",
    OUTPUTS_FILE: ",".join(OUTPUT_COLUMNS),
    "trials.csv": "trial,drive,zone,in_area_3,speed_kmh,onset_s,end_s,attempt,expect,non_nominal,"
    "not_applicable,attentive_before_s,action",
}
_FILES: dict[Kind, tuple[str, ...]] = {
    "ddaw": ("participants.csv", "drives.csv", "ratings.csv", OUTPUTS_FILE),
    "addw": ("participants.csv", "drives.csv", "trials.csv", OUTPUTS_FILE),
}
_README = """\
# Records of a study

Fill in `study.yaml` and the tables, then run `vigil validate {kind} --records . --out report.html`. Tables are CSV in
UTF-8 with commas and decimal points; the first line names the columns. Use pseudonyms: no names, no dates of birth.

A column that is not explained here is a **condition** (light, glasses, camera, speed, age_group ...): the report tells
results apart by it. Give each value a word. In participants.csv it holds for the person, in drives.csv for the
drive{in_trials}.

## participants.csv

- `participant`: pseudonym, once each.
- `developer`: yes if this person took part in developing the system; empty or no otherwise.

## drives.csv

One row for each drive. After a rest it is another drive of the same participant.

- `drive`: its name. `participant`: one of participants.csv. `daylight`: day or night (between sunset and sunrise).
- `start`: wall time of its start, ISO 8601; only needed where other tables give wall times.
- `end_s`: seconds from its start. `active_from_s`: since when the system was active; empty is 0.
- `discarded`: test_error, unreliable_ratings, insufficient_data, or empty. Such drives are listed, and no
  more.
- `trace`: Vigil's trace of this drive, a file or folder within this one; what the system told is read from there.

{tables}
## outputs.csv

What the system told. Not needed for drives with a `trace`; `vigil validate {kind} --records . --write-outputs` makes it
from traces, which may then be deleted.

- `drive`, and `t_s` (seconds from its start) or `wall` (ISO 8601).
- `event`: drowsiness, microsleep, sleep, unresponsive, off_road_glance, off_road_share, degraded ... and its `level`:
  notice, advice, warning, alarm or unresponsive. Both empty in a row that tells the level of drowsiness alone.
- `drowsiness_level`: 1 to 9, or empty.

## study.yaml

{keys}"""
_TABLES: dict[Kind, str] = {
    "ddaw": """\
## ratings.csv

Self-ratings on the Karolinska Sleepiness Scale, about every 5 minutes once a first one of 6 or more was given.

- `drive`, and `t_s` (seconds from its start) or `wall` (ISO 8601).
- `kss`: 1 to 9, a whole number.
""",
    "addw": """\
## trials.csv

One row for each gaze.

- `trial`: its name. `drive`: one of drives.csv.
- `zone`: a letter of EU 2023/2590, Annex I, Part 2, 1.4.2, or a word for a target outside Area 3 (left_mirror, road):
{zones}
- `in_area_3`: yes where the point is more than 30 degrees down and in neither of the other areas.
- `speed_kmh`: as displayed. `onset_s`: when the gaze arrived; `end_s`: when it left; seconds from the drive's start.
- `warning_s`: when the warning sounded, or empty. Leave the column out to have it read from outputs or traces.
- `attempt`: 0 for the first test, 1 and 2 for its re-tests.
- `expect`: quiet for a short glance that asks for no warning; else warning, or empty.
- `non_nominal`: yes where 1.5 s more are allowed. `not_applicable`: which other warning took its place, or empty.
- `attentive_before_s`: seconds without distraction before it; 15 or more.
""",
}


def write_empty_study(folder: Path, kind: Kind) -> list[Path]:
    """The files written. Raises `UserError` where one of them is there already."""
    names = [STUDY_FILE, "README.md", *_FILES[kind]]
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise UserError(
            f"{folder}: {', '.join(there)} is there already and is not written over; choose another folder"
        )
    contents = {
        STUDY_FILE: _STUDY + (_DDAW if kind == "ddaw" else _ADDW),
        "README.md": _readme(kind),
        **{name: _HEADERS[name] + "\n" for name in _FILES[kind]},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, words in contents.items():
            (folder / name).write_text(words, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{folder}: the study cannot be written here ({error.strerror}); choose another folder"
        ) from error
    return [folder / name for name in names]


def _readme(kind: Kind) -> str:
    zones = "\n".join(f"  `{letter}` {words}" for letter, words in ZONES.items())
    in_trials = ", in trials.csv for the trial" if kind == "addw" else ""
    return _README.format(
        kind=kind,
        in_trials=in_trials,
        tables=_TABLES[kind].replace("{zones}", zones),
        keys=_keys(Study, "", kind),
    )


def _keys(model: type[BaseModel], above: str, kind: Kind) -> str:
    lines = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            lines.append(_keys(inner, f"{name}.", kind) if name == kind else "")
        else:
            lines.append(f"- `{above}{name}`: {field.description}\n")
    return "".join(lines)
