"""Cameras and lights that clips are drawn with, and which split gets which: none is in two.

In: the set's chance. Out: a camera and a light for each drive, of its split's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar, get_args

import numpy as np

from driver_simulator.dataset.tasks import Split
from driver_simulator.scenario.viewing import Position

_Name = TypeVar("_Name", bound=str)
Spectrum = Literal["colour", "near_infrared"]
LightName = Literal["day", "overcast", "dusk", "night", "tunnel", "low_sun"]

LIGHTS = MappingProxyType[LightName, Mapping[str, object]](
    {
        "day": {"type": "day"},
        "overcast": {"type": "day", "strength": 0.35},
        "dusk": {"type": "dusk"},
        "night": {"type": "night"},
        "tunnel": {"type": "tunnel"},
        "low_sun": {"type": "low_sun"},
    }
)
# Without a lamp of its own a camera sees nothing in a full night; street lamps leave this much of it.
_LIT_NIGHT = 0.5
_CAMERAS_OF_SPECTRUM: dict[Split, int] = {"train": 2, "val": 1, "test": 1}
_LIGHTS_OF: dict[Split, int] = {"train": 3, "val": 1, "test": 2}


@dataclass(frozen=True, slots=True)
class Camera:
    position: Position
    spectrum: Spectrum

    @property
    def name(self) -> str:
        return f"{self.position}/{self.spectrum}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What one split may be drawn with."""

    cameras: tuple[Camera, ...]
    lights: tuple[LightName, ...]


def share_conditions(chance: np.random.Generator) -> dict[Split, Conditions]:
    """Every split sees both spectra; otherwise chance decides."""
    cameras: dict[Split, list[Camera]] = {"train": [], "val": [], "test": []}
    for spectrum in get_args(Spectrum):
        positions = _shuffled(get_args(Position), chance)
        for split, count in _CAMERAS_OF_SPECTRUM.items():
            cameras[split] += [Camera(positions.pop(), spectrum) for _ in range(count)]
    lights = _shuffled(tuple(LIGHTS), chance)
    return {
        split: Conditions(
            tuple(cameras[split]), tuple(lights.pop() for _ in range(_LIGHTS_OF[split]))
        )
        for split in cameras
    }


def light_span(
    light: LightName, spectrum: Spectrum, chance: np.random.Generator
) -> dict[str, object]:
    """A `LightSpan`'s values for a whole drive."""
    span: dict[str, object] = {"from_s": 0, **LIGHTS[light]}
    if light in ("tunnel", "low_sun"):
        span["flicker_hz"] = float(chance.uniform(1.5, 6.0))
        span["strength"] = float(chance.uniform(0.6, 1.0))
    if light == "night" and spectrum == "colour":
        span["strength"] = _LIT_NIGHT
    return span


def _shuffled(names: tuple[_Name, ...], chance: np.random.Generator) -> list[_Name]:
    return [names[place] for place in chance.permutation(len(names))]
