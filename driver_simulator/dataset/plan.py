"""Which clips a set consists of, drawn from its seed alone: for each its person, drive, label and what happens in it.

A drive is a person with one camera, light and clothing. Its clips are disjoint stretches of that person's time, so
that blinks, traits and habits stay the person's own while state and behaviours are each clip's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from driver_simulator.dataset.conditions import (
    Camera,
    Conditions,
    LightName,
    light_span,
    share_conditions,
)
from driver_simulator.dataset.cues import ClipSpan, draw_cues
from driver_simulator.dataset.overlap import overlap
from driver_simulator.dataset.people import Person, counts_of, split_people
from driver_simulator.dataset.settings import DatasetSettings
from driver_simulator.dataset.tasks import CLASSES, ORDERED, SPLITS, Split, Task
from driver_simulator.scenario.scenario import Scenario

# The drive goes on for so long before its first clip: no clip shows how one begins.
_LEAD_S = 20.0
_BETWEEN_CLIPS_S = 1.0
_AFTER_S = 1.0
# The face is large in a small picture: a teacher's crop of 112 px and more is found in 320x240.
_FIELD_OF_VIEW_DEG = (31.0, 38.0)
_DISTANCE_M = (0.58, 0.74)


@dataclass(frozen=True, slots=True)
class Drive:
    """What the clips of one drive have in common."""

    number: int
    person: Person
    camera: Camera
    light: LightName
    scenario: Scenario  # without state and behaviours; its seed draws the cabin, not the person


@dataclass(frozen=True, slots=True)
class PlannedClip:
    name: str
    split: Split
    task: Task
    label: str
    label_as_scripted: str
    from_s: float  # of the drive
    scenario: Scenario  # the drive's, with what happens in this clip


@dataclass(frozen=True, slots=True)
class PlannedDrive:
    drive: Drive
    clips: tuple[PlannedClip, ...]


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    settings: DatasetSettings
    people: tuple[Person, ...]
    conditions: dict[Split, Conditions]
    drives: tuple[PlannedDrive, ...]

    @property
    def clips(self) -> Iterator[tuple[Drive, PlannedClip]]:
        for planned in self.drives:
            for clip in planned.clips:
                yield planned.drive, clip

    @property
    def fingerprint(self) -> str:
        """Changes with anything that is planned, whether by the settings or by another version of the code."""
        digest = hashlib.sha256()
        for drive, clip in self.clips:
            portrait = drive.person.portrait
            digest.update(f"{clip.name} {clip.label} {clip.from_s} {portrait}\n".encode())
            digest.update(clip.scenario.model_dump_json(exclude={"person": {"portrait"}}).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Wish:
    task: Task
    label: str


def make_plan(settings: DatasetSettings, portraits: Sequence[str]) -> DatasetPlan:
    """portraits: names of usable photographs, one of each person, in any order."""
    split_chance, label_chance, drive_chance, clip_seeds = (
        np.random.default_rng([settings.seed, purpose]) for purpose in range(4)
    )
    people = split_people(sorted(portraits), split_chance, shared=settings.shared_people)
    conditions = share_conditions(split_chance)
    drives: list[PlannedDrive] = []
    for split in SPLITS:
        own = [person for person in people if person.split == split]
        for person, wishes in zip(own, _wishes(settings, split, len(own)), strict=True):
            order = [wishes[place] for place in label_chance.permutation(len(wishes))]
            for first in range(0, len(order), settings.clips_per_drive):
                drive = _draw_drive(len(drives), person, conditions[split], settings, drive_chance)
                clips = [
                    _draw_clip(
                        drive,
                        first + offset,
                        wish,
                        settings,
                        np.random.default_rng(clip_seeds.integers(2**63)),
                    )
                    for offset, wish in enumerate(order[first : first + settings.clips_per_drive])
                ]
                drives.append(PlannedDrive(drive, tuple(clips)))
    return DatasetPlan(settings, tuple(people), conditions, _named(drives))


def _wishes(settings: DatasetSettings, split: Split, people: int) -> list[list[_Wish]]:
    """By person: every class of a task before the next person gets any, so that nobody tells a label."""
    wishes: list[list[_Wish]] = [[] for _ in range(people)]
    for task in settings.tasks:
        classes = CLASSES[task]
        for number in range(counts_of(settings.clips)[split]):
            person = number // len(classes) % people
            wishes[person].append(_Wish(task, classes[number % len(classes)]))
    return wishes


def _draw_drive(
    number: int,
    person: Person,
    conditions: Conditions,
    settings: DatasetSettings,
    chance: np.random.Generator,
) -> Drive:
    camera = conditions.cameras[int(chance.integers(len(conditions.cameras)))]
    light = conditions.lights[int(chance.integers(len(conditions.lights)))]
    scenario = Scenario.model_validate(
        {
            "name": f"drive_{number}",
            "seed": int(chance.integers(2**32)),
            "duration_s": 1.0,
            "person": {
                "portrait": person.portrait,
                "eye_aperture_mm": person.eye_aperture_mm,
                **_worn(chance),
            },
            "camera": {
                "position": camera.position,
                "spectrum": camera.spectrum,
                "width_px": settings.width_px,
                "height_px": settings.height_px,
                "frame_rate_hz": settings.frame_rate_hz,
                "field_of_view_deg": float(chance.uniform(*_FIELD_OF_VIEW_DEG)),
                "distance_m": float(chance.uniform(*_DISTANCE_M)),
                "noise": float(chance.uniform(1.0, 4.0)),
                "exposure_ev": float(chance.uniform(-0.5, 0.5)),
                "blur_px": float(chance.uniform(0.0, 0.6)),
            },
            "driver_side": "left" if chance.random() < 0.75 else "right",
            "light": [light_span(light, camera.spectrum, chance)],
            "vehicle": [{"from_s": 0, "speed_kmh": float(chance.uniform(50, 130))}],
        }
    )
    return Drive(number, person, camera, light, scenario)


def _worn(chance: np.random.Generator) -> dict[str, object]:
    worn = overlap().worn
    which, mask, cap, reflection = chance.random(4)
    eyewear: dict[str, object] = {"type": "none"}
    if which < worn.sunglasses:
        eyewear = {"type": "sunglasses", "transmittance": float(chance.uniform(0.1, 0.4))}
    elif which < worn.sunglasses + worn.glasses:
        eyewear = {"type": "glasses", "reflection": float(0.4 * reflection)}
    return {
        "eyewear": eyewear,
        "mask": bool(mask < worn.mask),
        "cap": "cap" if cap < worn.cap else "none",
    }


def _draw_clip(
    drive: Drive, place: int, wish: _Wish, settings: DatasetSettings, chance: np.random.Generator
) -> PlannedClip:
    """place: among the person's clips; each has a stretch of time of its own."""
    from_s = round(_LEAD_S + place * (settings.duration_s + _BETWEEN_CLIPS_S), 3)
    person = drive.person
    cues = draw_cues(
        wish.task,
        wish.label,
        ClipSpan(from_s, settings.duration_s),
        person.expressiveness,
        chance,
    )
    ends_s = [from_s + settings.duration_s, *(one.until_s for one in cues.behaviours)]
    values = drive.scenario.model_dump()
    scenario = Scenario.model_validate(
        {
            **values,
            "duration_s": max(ends_s) + _AFTER_S,
            "state": [cues.state.model_dump()],
            "behaviours": [one.model_dump() for one in cues.behaviours],
        }
    )
    label = wish.label
    if chance.random() < settings.label_noise:
        label = _mistaken(wish, chance)
    return PlannedClip("", person.split, wish.task, label, wish.label, from_s, scenario)


def _mistaken(wish: _Wish, chance: np.random.Generator) -> str:
    """A level beside the true one, or else any other class."""
    classes = CLASSES[wish.task]
    place = classes.index(wish.label)
    others = [label for label in classes if label != wish.label]
    if wish.task in ORDERED:
        others = [classes[at] for at in (place - 1, place + 1) if 0 <= at < len(classes)]
    return others[int(chance.integers(len(others)))]


def _named(drives: Sequence[PlannedDrive]) -> tuple[PlannedDrive, ...]:
    """The clips' names: numbers in the order of the plan, which says nothing of the label."""
    named, number = [], 0
    for planned in drives:
        clips = []
        for clip in planned.clips:
            clips.append(replace(clip, name=f"{clip.task}-{number:06d}"))
            number += 1
        named.append(replace(planned, clips=tuple(clips)))
    return tuple(named)
