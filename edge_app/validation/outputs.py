"""What the system said in a drive: from `outputs.csv`, or from Vigil's own traces.

In: a study's folder and its drives. Out: warnings and the level of drowsiness over time.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from edge_app.alerts.event import EventType, Level
from edge_app.trace.messages import EVENT
from edge_app.trace.opening import TraceError
from edge_app.trace.reading import TraceReader
from edge_app.trace.series import recorded_runs
from edge_app.validation.records import Drive, drive_of
from edge_app.validation.table_file import RecordError, read_table

OUTPUTS_FILE = "outputs.csv"
OUTPUT_COLUMNS = ("drive", "t_s", "event", "level", "drowsiness_level")
_EVENTS = tuple(kind.value for kind in EventType)
_RAISED = frozenset(_EVENTS) - {
    EventType.ALERT_ENDED.value,
    EventType.ALERT_ACKNOWLEDGED.value,
    EventType.YAWN.value,
}
_LEVELS = tuple(level.word for level in Level)
_EVERY_S = 10.0  # one drowsiness level in so long is kept of a trace


@dataclass(frozen=True, slots=True)
class Told:
    """An alert when it was raised or rose."""

    t_s: float  # from the drive's start
    event: str
    level: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is known of the system over one drive."""

    told: tuple[Told, ...] = ()
    drowsiness: tuple[tuple[float, float], ...] = ()  # (t_s, level)
    last_s: float = 0.0

    def warnings(self, events: tuple[str, ...], least: str) -> tuple[Told, ...]:
        """Those that count, the earliest first."""
        counted = _LEVELS[_LEVELS.index(least) :]
        return tuple(told for told in self.told if told.event in events and told.level in counted)

    def highest_drowsiness(self, from_s: float, to_s: float) -> float | None:
        """Within a stretch; None where nothing is known of it."""
        return max((level for t_s, level in self.drowsiness if from_s <= t_s <= to_s), default=None)


def read_outputs(
    folder: Path,
    drives: Mapping[str, Drive],
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Outputs]:
    """By drive. A drive with rows in outputs.csv is read from there, another from its trace. Raises `RecordError`."""
    file = folder / OUTPUTS_FILE
    told: dict[str, list[Told]] = {name: [] for name in drives}
    levels: dict[str, list[tuple[float, float]]] = {name: [] for name in drives}
    with_rows = set()
    for row in read_table(file, ["drive", "event", "level"]) if file.exists() else ():
        drive = drive_of(row, drives)
        with_rows.add(drive.name)
        t_s = drive.seconds(row)
        event = row.word("event", ("", *_EVENTS))
        if event and row.cells["level"]:
            told[drive.name].append(Told(t_s, event, row.word("level", _LEVELS)))
        level = row.optional_number("drowsiness_level", 1.0, 9.0, "1 to 9")
        if level is not None:
            levels[drive.name].append((t_s, level))
    outputs = {}
    for name, drive in drives.items():
        if name not in with_rows and drive.trace is not None:
            progress(name)
            outputs[name] = trace_outputs(drive.trace)
        elif not file.exists():
            raise RecordError(
                f"{drive.row.file}:{drive.row.line}: drive {name} has no trace, and there is no {file};"
                " one of both must say what the system told"
            )
        else:
            in_order = tuple(sorted(told[name], key=lambda one: one.t_s))
            last_s = max(
                [t_s for t_s, _ in levels[name]] + [one.t_s for one in in_order], default=0
            )
            outputs[name] = Outputs(in_order, tuple(sorted(levels[name])), last_s)
    return outputs


def trace_outputs(path: Path) -> Outputs:
    """Of one run's trace; its first moment is the drive's start. Raises `RecordError`."""
    try:
        runs, problems = recorded_runs(path)
        if problems:
            raise RecordError(problems[0])
        if len(runs) != 1:
            raise RecordError(
                f"{path}: holds {len(runs)} runs of the program, and a drive is one; give each its own folder"
            )
        return _run_outputs([part.path for part in runs[0].parts])
    except TraceError as error:
        raise RecordError(str(error)) from error


def _run_outputs(files: list[Path]) -> Outputs:
    told: list[Told] = []
    levels: list[tuple[float, float]] = []
    first_s: float | None = None
    since_s = 0.0
    for file in files:
        with TraceReader(file) as reader:
            for recorded in reader.moments():
                t_s = recorded.moment.signals.t_s
                first_s = t_s if first_s is None else first_s
                since_s = t_s - first_s
                told += [
                    Told(since_s, event.type.value, event.level.word)
                    for event in map(EVENT.decode, recorded.events)
                    if event.level is not None and event.type.value in _RAISED
                ]
                if not levels or since_s >= levels[-1][0] + _EVERY_S:
                    level = json.loads(recorded.state).get("drowsiness", {}).get("level")
                    if isinstance(level, int | float):
                        levels.append((since_s, float(level)))
    return Outputs(tuple(told), tuple(levels), since_s)


def write_outputs(file: Path, outputs: Mapping[str, Outputs]) -> None:
    """As `read_outputs` reads them. Raises `RecordError` where a table with rows is there already."""
    if file.exists() and read_table(file, ["drive"]):
        raise RecordError(f"{file}: holds rows already and is not written over; move it away first")
    words = StringIO()
    writer = csv.writer(words, lineterminator="\n")
    writer.writerow(OUTPUT_COLUMNS)
    for name, held in outputs.items():
        rows = [(one.t_s, one.event, one.level, "") for one in held.told]
        rows += [(t_s, "", "", f"{level:.2f}") for t_s, level in held.drowsiness]
        writer.writerows((name, f"{t_s:.3f}", *told) for t_s, *told in sorted(rows))
    try:
        file.write_text(words.getvalue(), encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{file}: cannot be written ({error.strerror})") from error
