"""`python -m benchmarks.face_geometry`: how far the ratios of a face repeat, and tell two people apart; and glasses.

In: real clips and stills (VIGIL_DATA). A look is a median over 1.5 s of a clip, or one still. Out: Markdown.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks.machine import PROJECT
from benchmarks.places import NO_CLIPS
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.camera.sources import open_source
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.driver_state.signals import Signals
from edge_app.errors import UserError
from edge_app.face.face_geometry import GEOMETRY_NAMES, GEOMETRY_STD
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.signal_reading import SignalReader
from edge_app.face.tracker import FaceTracker
from model_compression.evaluation.picture_store import PictureStore

Floats = NDArray[np.float64]

_LOOK_S = 1.5
_LEAST_READINGS = 8  # of a look at a clip
_PHOTOGRAPHS = 6  # of one person at most
_NAMED = re.compile(r"(.+)_\d{4}\.jpg$")
_MOST_PAIRS, _LOOKS_PER_PAIR = 20_000, 5
# Seen by looking: who of the people in `webcam`, `yawdd` and `nir` wears glasses.
_WEARERS = {"d19", "dash_1", *(f"nir {person}" for person in (1, 5, 10, 13, 16, 19))}


@dataclass(slots=True)
class Person:
    """Looks at one person, and what was read of glasses at each moment."""

    name: str
    looks: list[Floats] = field(default_factory=list)  # (6,) each
    glasses: list[float] = field(default_factory=list)
    moments: int = 0

    def add(self, looks: Iterable[Floats], signals: Sequence[Signals]) -> None:
        self.looks += looks
        self.moments += len(signals)
        self.glasses += [s.glasses.value for s in signals if s.glasses.value is not None]


@dataclass(frozen=True, slots=True)
class Separation:
    """How well the distance of two looks tells whether they are of two people."""

    auc: float
    d_prime: float
    same: Floats  # distances, in deviations
    different: Floats


def clip_people(clips: Sequence[Path], perception: Perception) -> Iterator[Person]:
    for clip in clips:
        signals = list(_read_clip(clip, perception))
        person = Person(clip.stem)
        person.add(_looks(signals), signals)
        yield person


def still_people(
    pictures: PictureStore, names: dict[str, list[str]], perception: Perception
) -> Iterator[Person]:
    """names: pictures by person."""
    for name, stills in names.items():
        person = Person(name)
        for still in stills:
            signals = _read_still(pictures.read(still), perception)
            if signals is not None:
                told = signals.face_geometry
                person.add([np.array(told)] if told else [], [signals])
        yield person


def separation(people: Sequence[Person], std: Sequence[float] = GEOMETRY_STD) -> Separation:
    """Raises `UserError` where there are no two looks at anybody, or no two people."""
    scaled = [np.array(person.looks) / std for person in people if person.looks]
    same = [a - b for looks in scaled for a, b in itertools.combinations(looks, 2)]
    chance = np.random.default_rng(3)
    pairs = list(itertools.combinations(range(len(scaled)), 2))
    if len(pairs) > _MOST_PAIRS:
        pairs = [pairs[at] for at in chance.choice(len(pairs), _MOST_PAIRS, replace=False)]

    def look(person: int) -> Floats:
        looks: Floats = scaled[person][chance.integers(len(scaled[person]))]
        return looks

    different = [look(a) - look(b) for a, b in pairs for _ in range(_LOOKS_PER_PAIR)]
    if not same or not different:
        raise UserError("too few looks: people who were seen twice, and two people, are needed")
    of_same, of_different = (
        np.sqrt((np.array(gaps) ** 2).mean(axis=1)) for gaps in (same, different)
    )
    spread = np.sqrt((of_same.var() + of_different.var()) / 2)
    return Separation(
        auc=_auc(of_same, of_different),
        d_prime=float((of_different.mean() - of_same.mean()) / spread),
        same=of_same,
        different=of_different,
    )


def scatter(people: Sequence[Person]) -> tuple[Floats, Floats]:
    """(6,) deviations: within people, pooled; and between the means of people."""
    seen = [np.array(person.looks) for person in people if len(person.looks) > 1]
    within = sum(((looks - looks.mean(axis=0)) ** 2).sum(axis=0) for looks in seen)
    freedom = sum(len(looks) - 1 for looks in seen)
    between = np.std([looks.mean(axis=0) for looks in seen], axis=0)
    return np.sqrt(within / max(1, freedom)), between


def _auc(low: Floats, high: Floats) -> float:
    """The chance that one of `high` is above one of `low`."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / (2 * len(low)))


def _looks(signals: Sequence[Signals]) -> Iterator[Floats]:
    number = lambda s: int(s.t_s / _LOOK_S)  # noqa: E731
    for _, group in itertools.groupby(signals, number):
        told = [s.face_geometry for s in group if s.face_geometry is not None]
        if len(told) >= _LEAST_READINGS:
            yield np.median(np.array(told), axis=0)


def _read_clip(clip: Path, perception: Perception) -> Iterator[Signals]:
    settings = PerceptionSettings()
    tracker, reader = FaceTracker(perception, settings), SignalReader(settings)
    source = open_source(str(clip), CameraSettings())
    try:
        while (frame := source.read()) is not None:
            seen = tracker.step(frame)
            if seen is not None:
                yield reader.read(frame, seen)
    finally:
        source.close()


def _read_still(image: NDArray[np.uint8], perception: Perception) -> Signals | None:
    settings = PerceptionSettings()
    tracker = FaceTracker(perception, settings)
    # The second look has its crop from the points of the first, as in a clip.
    for index in range(2):
        frame = Frame(image, index / 30, index)
        seen = tracker.step(frame)
        if seen is None:
            return None
    return SignalReader(settings).read(frame, seen) if seen is not None else None


def _report(sets: dict[str, list[Person]]) -> Iterator[str]:
    most = DriverProfileSettings().max_unlikeness
    yield (
        "| set | people | looks | AUC | d' | same person, median (95 %) | two people, median (5 %) |"
        f" same, up to {most:g} | two, up to {most:g} |"
    )
    yield f"|{'---|' * 9}"
    for name, people in sets.items():
        told = separation(people)
        seen = [person for person in people if person.looks]
        yield (
            f"| {name} | {len(seen)} | {sum(len(p.looks) for p in seen)} | {told.auc:.3f} | {told.d_prime:.2f} |"
            f" {np.median(told.same):.2f} ({np.percentile(told.same, 95):.2f}) |"
            f" {np.median(told.different):.2f} ({np.percentile(told.different, 5):.2f}) |"
            f" {(told.same <= most).mean():.0%} | {(told.different <= most).mean():.0%} |"
        )
    yield ""
    yield f"| ratio | {' | '.join(f'{name}: within, between' for name in sets)} |"
    yield f"|---|{'---|' * len(sets)}"
    spreads = [scatter(people) for people in sets.values()]
    for at, ratio in enumerate(GEOMETRY_NAMES):
        cells = (f"{within[at]:.4f}, {between[at]:.4f}" for within, between in spreads)
        yield f"| {ratio} | {' | '.join(cells)} |"


def _glasses(people: Sequence[Person]) -> Iterator[str]:
    read = {p.name: float(np.mean(p.glasses)) for p in people if p.glasses}
    worn = np.array([value for name, value in read.items() if name in _WEARERS])
    bare = np.array([value for name, value in read.items() if name not in _WEARERS])
    if not len(worn) or not len(bare):
        return
    yield (
        f"Glasses, mean over each person: AUC {_auc(bare, worn):.3f} of {len(worn)} with and {len(bare)} without;"
        f" {(worn > 0.5).sum()} of {len(worn)} above 0.5 with, {(bare > 0.5).sum()} of {len(bare)} without;"
        f" {worn.min():.2f} to {worn.max():.2f} with, {bare.min():.2f} to {bare.max():.2f} without."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.face_geometry", description=(__doc__ or "").split("\n\n")[1]
    )
    parser.add_argument(
        "--quick", action="store_true", help="leave out the photographs of `faces` (minutes)"
    )
    options = parser.parse_args(arguments)
    data = Path(os.environ.get("VIGIL_DATA") or PROJECT.parent / "shared" / "data")
    if not data.is_dir():
        print(f"error: {NO_CLIPS}", file=sys.stderr)
        return 2
    perception = open_perception(PerceptionSettings())
    console = Console(stderr=True)
    clips = [*sorted(data.glob("webcam/*.mp4")), *sorted(data.glob("yawdd/*.avi"))]
    sets = {
        "clips": list(track(clip_people(clips, perception), "clips", len(clips), console=console))
    }
    infrared = PictureStore(data / "nir" / "nir.tar")
    by_person = _by_person(infrared.names, re.compile(r"(\d+)-"))
    stills = still_people(
        infrared, {f"nir {name}": found for name, found in by_person.items()}, perception
    )
    sets["infrared"] = list(track(stills, "infrared", len(by_person), console=console))
    if not options.quick:
        photographs = PictureStore(data / "faces" / "faces.tar")
        named = {
            name: found[:_PHOTOGRAPHS]
            for name, found in _by_person(photographs.names, _NAMED).items()
            if len(found) > 1
        }
        found = still_people(photographs, named, perception)
        sets["photographs"] = list(track(found, "photographs", len(named), console=console))
    for line in (*_report(sets), "", *_glasses([*sets["clips"], *sets["infrared"]])):
        print(line)
    return 0


def _by_person(names: Sequence[str], pattern: re.Pattern[str]) -> dict[str, list[str]]:
    people: dict[str, list[str]] = {}
    for name in names:
        found = pattern.match(Path(name).name)
        if found:
            people.setdefault(found.group(1), []).append(name)
    return people


if __name__ == "__main__":
    sys.exit(main())
