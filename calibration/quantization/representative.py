"""A few pictures that stand for all: they cover light, contrast, pose and people, and keep the usual in proportion.

Half is chosen to cover (farthest point first: Gonzalez 1985, "k-centre greedy"), half at random: ranges measured on
extremes alone are too wide for the usual picture. Features of any number of pictures go in, rows come out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SPREAD_SHARE = 0.5
_CLIPPED = (1.0, 99.0)  # percentiles; beyond them a picture is as likely broken as rare
_OTHER_PERSON = 1.0  # how far another person is, in standard deviations of a feature


def picture_features(
    pictures: Sequence[NDArray[np.uint8]], *angles_rad: NDArray[np.float32]
) -> Floats:
    """pictures: N of (H, W) luma. angles_rad: (N,) each, such as yaw and pitch -> (N, 2 + angles).

    Mean luma and contrast first; a head turned to the left and one turned to the right are different.
    """
    light = [[float(picture.mean()), float(picture.std())] for picture in pictures]
    return np.column_stack([np.array(light, dtype=np.float64).reshape(-1, 2), *angles_rad])


def representative(
    features: NDArray[np.floating], count: int, rng: np.random.Generator, people: Sequence[str] = ()
) -> NDArray[np.int64]:
    """Rows of `features` (N, F) that stand for all, each once, ascending; all of them where N <= count.

    people: (N,) names, '' unknown: two pictures of one person are nearer to one another.
    Raises `ValueError` where there is nothing to choose from.
    """
    total = len(features)
    if total == 0 or count < 1:
        raise ValueError(f"cannot choose {count} of {total} pictures")
    if people and len(people) != total:
        raise ValueError(f"{len(people)} people for {total} pictures")
    if total <= count:
        return np.arange(total)
    points = _scaled(np.asarray(features, dtype=np.float64))
    chosen = _farthest_first(points, round(count * _SPREAD_SHARE), _numbered(people, total))
    left = np.setdiff1d(np.arange(total), chosen)
    at_random = rng.choice(left, count - len(chosen), replace=False)
    return np.sort(np.concatenate([chosen, at_random])).astype(np.int64)


def _scaled(features: Floats) -> Floats:
    low, high = np.percentile(features, _CLIPPED, axis=0)
    clipped = np.clip(features, low, high)
    scaled: Floats = (clipped - clipped.mean(axis=0)) / np.maximum(clipped.std(axis=0), 1e-9)
    return scaled


def _numbered(people: Sequence[str], total: int) -> NDArray[np.int64]:
    """One number for each person; an unknown one is always somebody else."""
    if not people:
        return np.arange(total)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(people))}
    return np.array(
        [len(numbers) + row if not name else numbers[name] for row, name in enumerate(people)]
    )


def _farthest_first(points: Floats, count: int, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Begin in the middle; then always the point that is farthest from all chosen ones."""
    chosen = [int(np.argmin((points**2).sum(axis=1)))] if count else []
    nearest = np.full(len(points), np.inf)
    while len(chosen) < count:
        last = chosen[-1]
        distance = ((points - points[last]) ** 2).sum(axis=1)
        distance += _OTHER_PERSON * (people != people[last])
        nearest = np.minimum(nearest, distance)
        nearest[chosen] = -1.0
        chosen.append(int(np.argmax(nearest)))
    return np.array(chosen, dtype=np.int64)
