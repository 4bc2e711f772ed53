"""A set of `vigil simulate-dataset`: dataset.yaml, labels.csv, people.csv, {train,val,test}/<task>/<clip>.mp4.

`label` is read, never `label_as_scripted`: labels of people are wrong now and then as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.label_table import real_number, table_rows
from model_compression.data.clips.source_video import FoundSet, SourceVideo

DESCRIPTION, LABELS, PEOPLE = "dataset.yaml", "labels.csv", "people.csv"
_COLUMNS = ("clip", "split", "task", "label", "person", "frame_rate_hz")
_SPLITS = ("train", "val", "test")
_NOTE = "Simulated drivers: results are consistency with a script, not accuracy on people."


def find(root: Path) -> FoundSet:
    """Raises `UserError` where the set is not complete, or its tables and its description disagree."""
    absent = [name for name in (DESCRIPTION, LABELS, PEOPLE) if not (root / name).is_file()]
    if absent:
        return FoundSet((), tuple(absent))
    description = _description(root / DESCRIPTION)
    people = {row["person"] for _, row in table_rows(root / PEOPLE, ("person", "split"))}
    videos: list[SourceVideo] = []
    missing: list[str] = []
    for where, row in table_rows(root / LABELS, _COLUMNS):
        if row["label"] not in CLASSES.get(row["task"], ()):
            raise UserError(f"{where}: {row['label']} is no class of {row['task']}.")
        if row["split"] not in _SPLITS or row["person"] not in people:
            raise UserError(f"{where}: names a split or person that the set does not have.")
        name = f"{row['split']}/{row['task']}/{row['clip']}.mp4"
        if not (root / name).is_file():
            missing.append(name)
            continue
        label = CLASSES[row["task"]].index(row["label"])
        videos.append(
            SourceVideo(
                row["clip"],
                root / name,
                row["person"],
                split=row["split"],
                labels={row["task"]: label},
                frame_rate_hz=real_number(row["frame_rate_hz"], where, "frame_rate_hz"),
            )
        )
    notes = [_NOTE]
    if not description.get("people_disjoint", False):
        notes.append("Splits share people: a score on test says nothing of unknown people.")
    return FoundSet(tuple(videos), tuple(missing), tuple(notes))


def _description(path: Path) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        tasks = values["tasks"]
        complete = bool(values["complete"])
        classes = {task: tuple(tasks[task]["classes"]) for task in tasks}
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        raise UserError(f"{path}: does not describe a simulated set.") from error
    if not complete:
        raise UserError(
            f"{path.parent}: is not complete; give its 'vigil simulate-dataset' again first."
        )
    for task, names in classes.items():
        if names != CLASSES.get(task):
            raise UserError(
                f"{path}: numbers the classes of {task} otherwise ({', '.join(names)}); draw the set anew."
            )
    assert isinstance(values, dict)
    return values
