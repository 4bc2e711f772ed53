"""Small draws, many per picture: `Generator.choice` takes longer than some of the drawing that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def one_of(rng: np.random.Generator, chances: Mapping[str, float]) -> str:
    """A name by its chance; '' when the chances do not add up to 1 and none was drawn."""
    draw = rng.random()
    for name, chance in chances.items():
        draw -= chance
        if draw < 0:
            return name
    return ""


def any_of(rng: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def either(
    rng: np.random.Generator,
    usual: tuple[float, float],
    other: tuple[float, float],
    chance_of_other: float = 0.5,
) -> float:
    """Uniform in one of two ranges."""
    return float(rng.uniform(*(other if rng.random() < chance_of_other else usual)))


def sign(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0
