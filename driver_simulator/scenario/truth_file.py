"""Truth on disk: `truth.csv` with a row for each frame, and beside it `truth.events.csv` with the events of the script.

Instants of events come from the script and not from frames, so they do not depend on the camera.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from types import TracebackType

from driver_simulator.driver.scripted_event import ScriptedEvent
from driver_simulator.scenario.truth import TruthRow
from edge_app.errors import UserError

ROW_COLUMNS = tuple(field.name for field in fields(TruthRow))
EVENT_COLUMNS = (
    "kind",
    "onset_s",
    "full_from_s",
    "full_until_s",
    "end_s",
    "scripted",
    "detail",
    "size",
)

_DIGITS = 5


class TruthFile:
    """Writes rows as they come. Raises `UserError` where the file cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise _cannot_write(path, error) from error
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(ROW_COLUMNS)

    def write(self, row: TruthRow) -> None:
        try:
            self._csv.writerow([_cell(getattr(row, name)) for name in ROW_COLUMNS])
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def __enter__(self) -> TruthFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def events_path(truth: Path) -> Path:
    """`drive/truth.csv` -> `drive/truth.events.csv`."""
    return truth.with_name(f"{truth.stem}.events{truth.suffix or '.csv'}")


def write_events(path: Path, events: Iterable[ScriptedEvent]) -> None:
    """One row for each event, by onset; to the millisecond. Raises `UserError`."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(EVENT_COLUMNS)
            for event in events:
                instants_s = (event.onset_s, event.full_from_s, event.full_until_s, event.end_s)
                writer.writerow(
                    [
                        event.kind.value,
                        *(f"{t_s:.3f}" for t_s in instants_s),
                        _cell(event.scripted),
                        event.detail,
                        f"{event.size:.3f}",
                    ]
                )
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cell(value: object) -> str:
    """None is an empty cell; a boolean is 0 or 1."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.{_DIGITS}f}" if isinstance(value, float) else str(value)


def _cannot_write(path: Path, error: OSError) -> UserError:
    return UserError(f"{path}: the truth cannot be written ({error.strerror}); name another file")
