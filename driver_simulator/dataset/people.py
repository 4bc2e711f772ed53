"""Who drives in a set of clips: persons out of a folder of photographs, and which split each belongs to.

In: names of photographs, the set's chance. Out: people with habits of their own, in one split each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from driver_simulator.dataset.overlap import overlap
from driver_simulator.dataset.tasks import SPLITS, Split

SHARES: dict[Split, float] = {"train": 0.6, "val": 0.15, "test": 0.25}
"""Of people and of clips."""
_NUMBER_AT_THE_END = re.compile(r"[\W_]*\d+$")
_LEAST_APERTURE_MM, _MOST_APERTURE_MM = 6.5, 13.5


@dataclass(frozen=True, slots=True)
class Person:
    """One person, whatever the clip."""

    name: str
    portrait: str  # a photograph's name within its folder, or `astronaut`
    split: Split
    seed: int  # of the traits of a `Performance`
    eye_aperture_mm: float
    expressiveness: float


def person_named(photograph: str) -> str:
    """`Ann_Lee_0002` -> `Ann_Lee`: photographs that differ by the number at the end are taken to show one person."""
    return _NUMBER_AT_THE_END.sub("", photograph) or photograph


def split_people(
    portraits: Sequence[str], chance: np.random.Generator, *, shared: bool
) -> list[Person]:
    """portraits: one of each person. shared: splits that would stay empty borrow people of the others."""
    order = [portraits[place] for place in chance.permutation(len(portraits))]
    people: list[Person] = []
    for split, share in zip(SPLITS, _shared_out(order, shared=shared), strict=True):
        for portrait in share:
            people.append(_person(len(people), portrait, split, chance))
    return people


def counts_of(total: int) -> dict[Split, int]:
    """`total` shared out by `SHARES`; from three on none is empty."""
    counts = {split: round(share * total) for split, share in SHARES.items()}
    for split in ("val", "test"):
        counts[split] = max(1, counts[split]) if total >= len(SPLITS) else counts[split]
    counts["train"] = total - counts["val"] - counts["test"]
    return counts


def _shared_out(order: Sequence[str], *, shared: bool) -> list[Sequence[str]]:
    if len(order) < len(SPLITS):
        if not shared:
            raise ValueError(f"{len(order)} people for {len(SPLITS)} splits")
        return [order] * len(SPLITS)
    counts = counts_of(len(order))
    ends = np.cumsum([counts[split] for split in SPLITS])
    return [order[end - counts[split] : end] for split, end in zip(SPLITS, ends, strict=True)]


def _person(number: int, portrait: str, split: Split, chance: np.random.Generator) -> Person:
    spread = overlap().people
    aperture_mm = float(chance.normal(*spread.eye_aperture_mm))
    return Person(
        name=f"person-{number:03d}",
        portrait=portrait,
        split=split,
        seed=int(chance.integers(2**32)),
        eye_aperture_mm=min(max(aperture_mm, _LEAST_APERTURE_MM), _MOST_APERTURE_MM),
        expressiveness=exp(spread.expressiveness * float(chance.standard_normal())),
    )
