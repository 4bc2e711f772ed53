"""Writes a simulated study as `vigil validate` reads it. Every file that can say so says that it is simulated."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from driver_simulator.study.drive import Driven
from driver_simulator.study.people import StudyPerson
from edge_app import __version__
from edge_app.errors import UserError

_CONSENT = "Not needed: the participants are scripts, there are no people."
_ABOUT = (
    "Simulated. Scripted drivers give signals without pictures to the real estimators and policy: it shows that these"
    " are consistent with the script, not how well people are warned."
)


class StudyFolder:
    """A folder that is filled once."""

    def __init__(self, path: Path) -> None:
        """Raises `UserError` where something is there already."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UserError(f"{path}: is not an empty folder; choose another --out")
        self.path = path

    def write(
        self,
        people: Sequence[StudyPerson],
        driven: Sequence[Driven],
        *,
        title: str,
        date: str,
        about: str,
        more: Mapping[str, Any],
    ) -> None:
        """study.yaml, participants.csv, drives.csv and outputs.csv. Raises `UserError` where the disk refuses."""
        study = {
            "title": title,
            "date": date,
            "system": f"Vigil {__version__}, estimators and policy",
            "configuration": "default settings",
            "road": "simulator",
            "consent": _CONSENT,
            "description": f"{_ABOUT} {about}",
            "simulated": True,
            **more,
        }
        self.text(
            "study.yaml", yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=100)
        )
        self.table(
            "participants.csv",
            ("participant", "developer", "eyes", "glasses"),
            ((p.name, "no", p.eyes, "yes" if p.glasses else "no") for p in people),
        )
        conditions = sorted({name for one in driven for name in one.drive.conditions})
        self.table(
            "drives.csv",
            ("drive", "participant", "daylight", "start", "end_s", "trace", *conditions),
            (self._drive(one, conditions) for one in driven),
        )
        self.table(
            "outputs.csv", ("drive", "t_s", "event", "level", "drowsiness_level"), _outputs(driven)
        )

    def table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        file = self.path / name
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(header)
                writer.writerows(rows)
        except OSError as error:
            raise UserError(f"{file}: cannot be written ({error.strerror})") from error

    def text(self, name: str, words: str) -> None:
        file = self.path / name
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file.write_text(words, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{file}: cannot be written ({error.strerror})") from error

    def _drive(self, one: Driven, conditions: Sequence[str]) -> list[object]:
        drive = one.drive
        trace = "" if drive.trace is None else str(drive.trace.relative_to(self.path))
        return [
            drive.name,
            drive.participant,
            drive.daylight,
            drive.start.isoformat(),
            f"{drive.scenario.duration_s:g}",
            trace,
            *(drive.conditions.get(name, "") for name in conditions),
        ]


def _outputs(driven: Sequence[Driven]) -> Iterable[tuple[str, ...]]:
    for one in driven:
        rows = [(t_s, event, level, "") for t_s, event, level in one.told]
        rows += [(t_s, "", "", f"{level:.2f}") for t_s, level in one.levels]
        for t_s, *told in sorted(rows):
            yield one.drive.name, f"{t_s:.3f}", *told
