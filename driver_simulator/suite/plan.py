"""The jobs of a run: the matrix, and the drives behind the two rates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.drives import attentive_drive, sleepy_drive
from driver_simulator.suite.job import Job, Kind
from driver_simulator.suite.matrix import Cell, Layer

_ATTENTIVE_S, _SLEEPY_S = 600.0, 900.0
_LEVELS = {Layer.SIGNALS: tuple(range(1, 10)), Layer.PICTURES: (1, 3, 5, 7, 9)}
# Through pictures each frame costs a hundred times as much.
_RATE_HZ = {Layer.SIGNALS: 20.0, Layer.PICTURES: 10.0}
_SLEEPY_RATE_HZ = {Layer.SIGNALS: 25.0, Layer.PICTURES: 22.0}
_SLEEPY_PICTURES_S = 150.0


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is driven beside the matrix."""

    attentive_hours: float
    people: int  # of the drives by sleepiness, each at several levels


def jobs(
    cells: Iterable[Cell], extents: dict[Layer, Extent], portraits: Sequence[Path] = ()
) -> Iterator[Job]:
    """portraits: photographs for the drives through pictures, taken in turn; none: the shipped one."""
    for cell in cells:
        tags = {
            "situation": cell.situation.name,
            "group": cell.situation.group,
            "condition": cell.condition.name,
            "degrades": cell.condition.degrades,
        }
        name = f"{cell.situation.name}/{cell.condition.name}"
        yield Job(Kind.MATRIX, name, cell.layer, cell.scenario, tags, cell.condition.noise)
    for layer, extent in extents.items():
        for seed in range(math.ceil(extent.attentive_hours * 3600 / _ATTENTIVE_S)):
            drive = attentive_drive(seed, duration_s=_ATTENTIVE_S, frame_rate_hz=_RATE_HZ[layer])
            face = _face(layer, portraits, seed)
            tags = {"person": seed, "face": face}
            seen = _seen_as(drive, face, portraits)
            yield Job(Kind.ATTENTIVE, str(seed), layer, seen, tags)
        length_s = _SLEEPY_S if layer is Layer.SIGNALS else _SLEEPY_PICTURES_S
        for person in range(extent.people):
            for kss in _LEVELS[layer]:
                drive = sleepy_drive(
                    person, kss, duration_s=length_s, frame_rate_hz=_SLEEPY_RATE_HZ[layer]
                )
                face = _face(layer, portraits, person)
                tags = {"person": person, "kss": kss, "face": face}
                seen = _seen_as(drive, face, portraits)
                yield Job(Kind.SLEEPY, f"{person}/{kss}", layer, seen, tags)


def in_order(all_jobs: Iterable[Job]) -> list[Job]:
    """The matrix first, whose failures one wants to know soon; of each kind the longest first, so that no process is
    left alone with one at the end.
    """
    cost = {Layer.SIGNALS: 1.0, Layer.PICTURES: 100.0}
    kinds = list(Kind)

    def place(job: Job) -> tuple[int, float]:
        camera = job.scenario.camera
        length = job.scenario.duration_s * camera.frame_rate_hz * cost[job.layer]
        return kinds.index(job.kind), -length

    return sorted(all_jobs, key=place)


def _face(layer: Layer, portraits: Sequence[Path], person: int) -> int | None:
    """Which of the faces in use `person` has; None where no face is drawn."""
    if layer is Layer.SIGNALS:
        return None
    return person % len(portraits) if portraits else 0


def _seen_as(drive: Scenario, face: int | None, portraits: Sequence[Path]) -> Scenario:
    if face is None or not portraits:
        return drive
    portrait = str(portraits[face])
    return drive.model_copy(
        update={"person": drive.person.model_copy(update={"portrait": portrait})}
    )
