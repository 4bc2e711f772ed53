"""Makes a set of clips: people found, clips planned, those that are missing drawn, tables written.

In: settings and a folder. Out: the set. A run that was stopped goes on where it was; an equal one finds it complete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from driver_simulator.dataset.clip_writer import DriveOrder, write_drive
from driver_simulator.dataset.description import (
    FORMAT,
    check_folder,
    check_same_set,
    describe,
    write_description,
)
from driver_simulator.dataset.layout import (
    DrawnClips,
    clip_path,
    read_photographs,
    truth_path,
    write_labels,
    write_people,
    write_photographs,
)
from driver_simulator.dataset.missing_classes import MissingClasses, missing_classes
from driver_simulator.dataset.photographs import Photograph, find_people
from driver_simulator.dataset.plan import DatasetPlan, PlannedClip, PlannedDrive, make_plan
from driver_simulator.dataset.settings import DatasetSettings
from driver_simulator.dataset.tasks import SPLITS
from driver_simulator.scenario.person import ASTRONAUT
from driver_simulator.workers import Workers, workers
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings

Told = Callable[[str, int, int], None]
"""What is counted, how much of it is done, of how much."""


@dataclass(frozen=True, slots=True)
class MadeSet:
    clips: int
    drawn_now: int
    people: int  # who have clips
    faces: int  # photographs that their faces are from
    shares_faces: bool  # one face is in several splits
    missing: tuple[MissingClasses, ...]
    not_used: tuple[Photograph, ...]


class DatasetMaker:
    """Makes one set. Raises `UserError`; what was drawn until then is kept."""

    def __init__(
        self,
        root: Path,
        settings: DatasetSettings,
        *,
        photographs: Path | None = None,
        perception: PerceptionSettings | None = None,
        with_truth: bool = False,
        jobs: int = 1,
    ) -> None:
        """photographs: a folder; None: the portrait that ships with Vigil. perception: finds their landmarks."""
        self._root = root
        self._settings = settings
        self._photographs = photographs
        self._perception = perception or PerceptionSettings()
        self._with_truth = with_truth
        self._jobs = jobs

    def make(self, told: Told = lambda what, done, of: None) -> MadeSet:
        check_folder(self._root)
        known = {
            "format": FORMAT,
            "settings": self._settings.model_dump(mode="json"),
        }
        check_same_set(self._root, known)
        with workers(self._jobs) as pool:
            looked_at = self._people(pool, told)
            plan = self._plan([one.name for one in looked_at if not one.reason])
            complete = check_same_set(self._root, self._describe(plan, complete=False))
            complete = complete and all(self._is_there(clip) for _, clip in plan.clips)
            drawn_now = 0 if complete else self._draw(plan, looked_at, pool, told)
        seen = {planned.drive.person for planned in plan.drives}
        faces = {person.portrait for person in seen}
        return MadeSet(
            clips=sum(1 for _ in plan.clips),
            drawn_now=drawn_now,
            people=len(seen),
            faces=len(faces),
            shares_faces=len(faces) < len({(person.portrait, person.split) for person in seen}),
            missing=tuple(missing_classes(plan)),
            not_used=tuple(one for one in looked_at if one.reason),
        )

    def _people(self, pool: Workers, told: Told) -> list[Photograph]:
        if self._photographs is None:
            return [Photograph(ASTRONAUT, "")]
        remembered = read_photographs(self._root)
        if remembered is not None:
            return remembered
        return find_people(
            self._photographs,
            self._perception,
            pool,
            seed=self._settings.seed,
            wanted=self._settings.people,
            told=lambda found, wanted: told("people", found, wanted),
        )

    def _plan(self, portraits: list[str]) -> DatasetPlan:
        if not portraits:
            raise UserError(
                f"{self._photographs}: none of the photographs can be animated; use faces seen from ahead, eyes open,"
                " mouth shut, at least 40 px between the eyes"
            )
        if len(portraits) < len(SPLITS) and not self._settings.shared_people:
            whose = f"{self._photographs}" if self._photographs else "the portrait that ships"
            raise UserError(
                f"{whose}: too few people ({len(portraits)}) for {', '.join(SPLITS)} with people of their own; give"
                " --portraits a folder of more photographs, or --allow-shared-people for a set that says so"
            )
        return make_plan(self._settings, portraits)

    def _draw(
        self, plan: DatasetPlan, looked_at: list[Photograph], pool: Workers, told: Told
    ) -> int:
        root = self._root
        try:
            root.mkdir(parents=True, exist_ok=True)
            write_description(root, self._describe(plan, complete=False))
            if self._photographs is not None:
                write_photographs(root, looked_at)
            write_people(root, plan)
            with DrawnClips(root) as drawn:
                before = self._forget_lost(plan, drawn)
                of = sum(1 for _ in plan.clips)
                told("clips", before, of)
                orders = [self._order(drive) for drive in self._missing(plan, drawn)]
                for records in pool.each(write_drive, orders):
                    drawn.add(records)
                    told("clips", len(drawn.records), of)
                write_labels(root, plan, drawn)
                write_description(root, self._describe(plan, complete=True))
                return of - before
        except OSError as error:
            raise UserError(f"{root}: cannot be written ({error.strerror})") from error

    def _forget_lost(self, plan: DatasetPlan, drawn: DrawnClips) -> int:
        """A row whose files are gone counts for nothing. Returns how many clips are there."""
        for _, clip in plan.clips:
            if clip.name in drawn.records and not self._is_there(clip):
                del drawn.records[clip.name]
        return len(drawn.records)

    def _is_there(self, clip: PlannedClip) -> bool:
        there = clip_path(self._root, clip).is_file()
        return there and (not self._with_truth or truth_path(self._root, clip).is_file())

    def _missing(self, plan: DatasetPlan, drawn: DrawnClips) -> list[PlannedDrive]:
        drives = []
        for planned in plan.drives:
            clips = tuple(clip for clip in planned.clips if clip.name not in drawn.records)
            if clips:
                drives.append(replace(planned, clips=clips))
        return drives

    def _order(self, drive: PlannedDrive) -> DriveOrder:
        return DriveOrder(
            self._root,
            drive,
            self._settings,
            self._photographs,
            self._perception,
            self._with_truth,
        )

    def _describe(self, plan: DatasetPlan, *, complete: bool) -> dict[str, object]:
        name = self._photographs.resolve().name if self._photographs else None
        return describe(plan, portraits=name, complete=complete)
