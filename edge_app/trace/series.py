"""From a file or a folder of rotated files to runs: which files belong together, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_app.trace.opening import Opening, TraceError
from edge_app.trace.reading import TraceReader


@dataclass(frozen=True, slots=True)
class PartOfRun:
    """One file of a run."""

    path: Path
    opening: Opening


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """Files of one run of the program, the earliest first."""

    run_id: str
    parts: tuple[PartOfRun, ...]


def recorded_runs(path: Path) -> tuple[list[RecordedRun], list[str]]:
    """The runs in the order in which they were recorded, and a sentence for each file that cannot be used.

    Raises `TraceError` where there is nothing to replay at all.
    """
    if not path.is_dir():
        with TraceReader(path) as reader:
            part = PartOfRun(path, reader.opening)
        return [RecordedRun(part.opening.origin.run_id, (part,))], []
    problems: list[str] = []
    parts: dict[str, list[PartOfRun]] = {}
    for file in sorted(path.glob("*.mcap")):
        try:
            with TraceReader(file) as reader:
                part = PartOfRun(file, reader.opening)
        except TraceError as error:
            problems.append(str(error))
            continue
        parts.setdefault(part.opening.origin.run_id, []).append(part)
    if not parts:
        raise TraceError("\n".join(problems) or f"{path}: holds no trace (*.mcap)")
    runs = [
        RecordedRun(run_id, tuple(sorted(files, key=lambda part: part.opening.first_step)))
        for run_id, files in parts.items()
    ]
    return runs, problems
