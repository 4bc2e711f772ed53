"""What a kind of set is given to measure with: the contestants, the teacher, and what the user asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from edge_app.errors import UserError
from model_compression.evaluation.contestant import Contestant
from model_compression.evaluation.measured import Measured
from model_compression.evaluation.people import not_held_out, why_not_held_out
from model_compression.evaluation.picture_store import spread
from model_compression.evaluation.teacher import Teacher
from model_compression.evaluation.worst_cases import WorstCases

T = TypeVar("T")


class Track(Protocol):
    """Shows how far an iteration has come."""

    def __call__(self, items: Iterable[T], total: int | None, what: str) -> Iterator[T]: ...


def untracked(items: Iterable[T], total: int | None, what: str) -> Iterator[T]:
    yield from items


@dataclass(frozen=True, slots=True)
class Choice:
    """What part of a set is measured, and how its classes are named."""

    limit: int | None = None  # at most so many pictures, or frames of each clip
    clips: tuple[
        str, ...
    ] = ()  # only clips (`truth`: and archives) whose name contains one of these
    people: tuple[str, ...] = ()  # only these people
    held_out: bool = False  # only people of whom no shipped model has seen a picture
    positive: str | None = None  # class of `frames` that counts as the wide open mouth

    def takes_clip(self, name: str) -> bool:
        return not self.clips or any(part in name for part in self.clips)

    def takes_person(self, set_name: str, person: str) -> bool:
        """set_name: as in `model_compression.data`, where the people held out are listed."""
        if self.people and person not in self.people:
            return False
        return not self.held_out or why_not_held_out(set_name, person) is None

    def chosen_pictures(
        self, names: Sequence[str], set_name: str, person_of: Callable[[str], str], where: Path
    ) -> list[str]:
        """Those of the people asked for, at most as many as asked for."""
        chosen = [name for name in names if self.takes_person(set_name, person_of(name))]
        if not chosen:
            raise UserError(f"{where}: holds no picture of the people asked for")
        return spread(chosen, self.limit)

    def left_out(self, set_name: str, people: Iterable[str]) -> dict[str, str]:
        """Who of these people is not measured since training saw them, and why."""
        wanted = [person for person in people if not self.people or person in self.people]
        return not_held_out(set_name, wanted) if self.held_out else {}

    def chosen_clips(self, paths: Sequence[Path], where: Path) -> list[Path]:
        chosen = [path for path in paths if self.takes_clip(path.name)]
        if not chosen:
            raise UserError(f"{where}: no clip has {' or '.join(self.clips)} in its name")
        return chosen


@dataclass(frozen=True, slots=True)
class Bench:
    """Handed to `measure` of a kind."""

    contestants: tuple[Contestant, ...]  # the bundle first
    teacher: Teacher | None  # None where MediaPipe's model file is not there
    choice: Choice = Choice()
    worst: WorstCases = field(default_factory=lambda: WorstCases(None))
    track: Track = untracked

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(contestant.role for contestant in self.contestants)


Measure = Callable[[Path, Bench], Measured]
