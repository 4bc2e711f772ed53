"""Which photographs of a folder become people: one of each person, the first whose face can be animated.

In: a folder. Out: what became of each photograph that was looked at, with the reason where it is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np

from driver_simulator.dataset.people import person_named
from driver_simulator.picture.cutting import portrait_of
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.portrait_file import astronaut
from driver_simulator.scenario.person import ASTRONAUT
from driver_simulator.workers import Workers
from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings

_ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
# Of a person with many photographs that cannot be used, no more are tried.
_MOST_TRIED = 4
_DRAW = 0x50484F  # parts these draws of a seed from those of the plan


@dataclass(frozen=True, slots=True)
class Photograph:
    """`name` counts from the folder; `reason` is empty where it is used."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class _OnePerson:
    folder: Path
    names: tuple[str, ...]
    perception: PerceptionSettings


def find_people(
    folder: Path,
    perception: PerceptionSettings,
    workers: Workers,
    *,
    seed: int,
    wanted: int | None = None,
    told: Callable[[int, int], None] = lambda found, wanted: None,
) -> list[Photograph]:
    """Until `wanted` people are found, in an order drawn by the seed. told: people found, of how many at most.

    Raises `UserError` where the folder has no pictures.
    """
    groups = [_OnePerson(folder, names[:_MOST_TRIED], perception) for names in _by_person(folder)]
    order = np.random.default_rng([seed, _DRAW]).permutation(len(groups))
    most = len(groups) if wanted is None else min(wanted, len(groups))
    seen: list[Photograph] = []
    found = 0
    for photographs in workers.each(_look_at, (groups[place] for place in order)):
        seen += photographs
        found += any(not one.reason for one in photographs)
        told(found, most)
        if found == most:
            break
    return seen


@lru_cache(maxsize=4)
def read_portrait(path: Path | None, perception: PerceptionSettings) -> Portrait:
    """None: the one that ships with Vigil."""
    return astronaut() if path is None else portrait_of(path, _perception(perception))


def portrait_path(folder: Path | None, name: str) -> Path | None:
    return None if name == ASTRONAUT or folder is None else folder / name


def _by_person(folder: Path) -> Iterator[tuple[str, ...]]:
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder of photographs")
    files = [path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS]
    if not files:
        raise UserError(f"{folder}: there are no photographs in it (.jpg, .png, .bmp or .webp)")
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    names.sort(key=_person)
    for _, group in groupby(names, key=_person):
        yield tuple(group)


def _person(name: str) -> str:
    return person_named(Path(name).with_suffix("").as_posix())


def _look_at(one: _OnePerson) -> Sequence[Photograph]:
    seen: list[Photograph] = []
    for name in one.names:
        path = one.folder / name
        try:
            portrait_of(path, _perception(one.perception))
        except UserError as error:
            seen.append(Photograph(name, str(error).removeprefix(f"{path}: ")))
        else:
            return [*seen, Photograph(name, "")]
    return seen


@lru_cache(maxsize=1)
def _perception(settings: PerceptionSettings) -> Perception:
    return open_perception(settings)
