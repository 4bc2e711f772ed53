"""`headpose`: clips of large head turns, each person followed alone, head angles against the teacher's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceDetection, FaceObservation, Perception
from edge_app.face.tracker import FaceTracker
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.clip_frames import clip_paths, frame_count, frames_of
from model_compression.evaluation.face_table import NO_TEACHER, FaceTable
from model_compression.evaluation.figure import PEOPLE, not_applicable
from model_compression.evaluation.measured import ByContestant, Measured
from model_compression.evaluation.people import by_training, same_person
from model_compression.evaluation.subgroups import by_groups, left_out_of_groups
from model_compression.evaluation.teacher import Teacher

_SET = "headpose"
_PEOPLE = {  # of the project's own clips, left to right: the names by which people are held out
    "head-pose-face-detection-female.gif": ("woman",),
    "head-pose-face-detection-male.gif": ("man",),
    "head-pose-face-detection-female-and-male.gif": ("both-left", "both-right"),
}
_FEWEST_FRAMES = 0.2  # of a clip's; whoever the teacher sees in fewer is no person of it


class OnePerson:
    """A perception that detects nobody but the person at `where_px`, so that a tracker follows this one."""

    def __init__(self, perception: Perception) -> None:
        self._perception = perception
        self.name = perception.name
        self.expression_labels = perception.expression_labels
        self.temporal = perception.temporal
        self.blink_head = perception.blink_head
        self.where_px = (0.0, 0.0)

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        near = []
        for face in self._perception.detect(image):
            x0, y0, x1, y1 = face.box
            apart_px = np.hypot((x0 + x1) / 2 - self.where_px[0], (y0 + y1) / 2 - self.where_px[1])
            if apart_px < max(x1 - x0, y1 - y0):
                near.append((apart_px, face))
        return [min(near, key=lambda pair: pair[0])[1]] if near else []

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        return self._perception.observe(image, crop)


@dataclass(slots=True)
class _Person:
    """One person of one clip, and what is seen of this one."""

    crop: FaceCrop  # the teacher's last
    views: dict[str, OnePerson]
    trackers: dict[str, FaceTracker]
    table: FaceTable
    x_px: list[float] = field(default_factory=list)

    def step(self, frame: Frame, crop: FaceCrop | None, teacher: Teacher, clip: str) -> None:
        reading = None
        if crop is not None:
            self.crop = crop
            self.x_px.append(crop.center_x_px)
            reading = teacher.read(frame.image, crop)
        for view in self.views.values():
            view.where_px = (self.crop.center_x_px, self.crop.center_y_px)
        seen = {role: tracker.step(frame) for role, tracker in self.trackers.items()}
        self.table.add(frame.image, f"{clip}:{frame.index}", "", seen, reading)


def measure(path: Path, bench: Bench) -> Measured:
    if bench.teacher is None:
        why = {role: {"yaw_error_deg": not_applicable(NO_TEACHER)} for role in bench.roles}
        return Measured(0, None, why)
    table = FaceTable(bench)
    names: list[str] = []  # of the person in each row, as of that clip
    shown: list[str] = []
    for clip in bench.choice.chosen_clips(clip_paths(path), path):
        for name, person in _people(clip, bench, bench.teacher):
            shown.append(name)
            if bench.choice.takes_person(_SET, name):
                names += [name] * len(person.table.rows)
                table.rows += person.table.rows
    if not names:
        raise UserError(f"{path}: holds nobody of the people asked for")
    table.regroup([same_person(_SET, name) for name in names])

    def figures(rows: Sequence[int] | NDArray[np.int64]) -> ByContestant:
        return table.figures(rows, PEOPLE)

    groups_of_rows = [row.groups for row in table.rows]
    groups = by_groups(groups_of_rows, figures)
    groups["person"] = {
        person: figures([i for i, n in enumerate(names) if n == person])
        for person in sorted(set(names))
    }
    training = by_training(_SET, names, figures)
    if training:
        groups["training"] = training
    return Measured(
        n=len(names),
        people=len({row.cluster for row in table.rows}),
        figures=figures(range(len(names))),
        groups=groups,
        left_out=bench.choice.left_out(_SET, shown),
        left_out_of_groups=left_out_of_groups(groups_of_rows),
        notes=("angles against the teacher's, where its views agree within 3°; each person alone",),
    )


def _people(clip: Path, bench: Bench, teacher: Teacher) -> list[tuple[str, _Person]]:
    """Who is in the clip, by name, left to right."""
    people: list[_Person] = []
    limit, count = bench.choice.limit, 0
    for frame in bench.track(frames_of(clip), limit or frame_count(clip), clip.name):
        if limit is not None and frame.index >= limit:
            break
        count += 1
        free = list(people)
        crops: list[tuple[_Person, FaceCrop]] = []
        for crop in teacher.crops(frame.image):
            person = _nearest(free, crop)
            if person is not None:
                free.remove(person)
            elif _nearest(people, crop) is None:
                person = _newcomer(crop, bench)
                people.append(person)
            else:
                continue
            crops.append((person, crop))
        for person in people:
            own = next((crop for who, crop in crops if who is person), None)
            person.step(frame, own, teacher, clip.name)
    people = [person for person in people if len(person.x_px) >= _FEWEST_FRAMES * count]
    people.sort(key=lambda person: float(np.mean(person.x_px)))
    return list(zip(_names(clip, len(people)), people, strict=True))


def _newcomer(crop: FaceCrop, bench: Bench) -> _Person:
    views = {c.role: OnePerson(c.perception) for c in bench.contestants}
    trackers = {c.role: FaceTracker(views[c.role], c.settings) for c in bench.contestants}
    return _Person(crop, views, trackers, FaceTable(bench))


def _nearest(people: Sequence[_Person], crop: FaceCrop) -> _Person | None:
    def apart(person: _Person) -> float:
        return float(
            np.hypot(
                person.crop.center_x_px - crop.center_x_px,
                person.crop.center_y_px - crop.center_y_px,
            )
        )

    near = [person for person in people if apart(person) < crop.side_px / 2]
    return min(near, key=apart, default=None)


def _names(clip: Path, count: int) -> tuple[str, ...]:
    known = _PEOPLE.get(clip.name, ())
    if len(known) == count:
        return known
    if count == 1:
        return (clip.stem,)
    return tuple(f"{clip.stem}-{number}" for number in range(1, count + 1))
