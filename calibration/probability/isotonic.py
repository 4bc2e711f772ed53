"""Isotonic regression of a yes or no: the rising curve that is nearest to how often a stated probability came true.

Pool adjacent violators (Ayer et al. 1955; for probabilities Zadrozny and Elkan 2002), kept as a few knots, one in the
middle of each pooled block (centred: Oron and Flournoy 2017), with straight lines between them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_KNOTS = 16


@dataclass(frozen=True, slots=True)
class IsotonicMap:
    """`scores` rise, `shares` do not fall; before the first knot and behind the last one the share stays."""

    scores: tuple[float, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.scores or len(self.scores) != len(self.shares):
            raise ValueError(f"{len(self.scores)} scores and {len(self.shares)} shares")
        if not all(a < b for a, b in pairwise(self.scores)):
            raise ValueError("the scores of an isotonic map must rise from knot to knot")
        if not all(a <= b for a, b in pairwise(self.shares)):
            raise ValueError("the shares of an isotonic map must not fall from knot to knot")
        if not all(0.0 <= each <= 1.0 for each in (*self.scores, *self.shares)):
            raise ValueError("scores and shares of an isotonic map lie in 0..1")

    def at(self, score: float) -> float:
        """The share for one score. What is no number stays none."""
        if score != score:
            return score
        place = bisect_right(self.scores, score)
        if place == 0:
            return self.shares[0]
        if place == len(self.scores):
            return self.shares[-1]
        low, high = self.scores[place - 1], self.scores[place]
        below, above = self.shares[place - 1], self.shares[place]
        # Rounding must not carry it beyond the next knot.
        return min(above, below + (above - below) * ((score - low) / (high - low)))


def fit_isotonic(
    scores: NDArray[np.floating[Any]],
    truth: NDArray[np.integer[Any]],
    *,
    most_knots: int = MOST_KNOTS,
) -> IsotonicMap:
    """scores: (N,) probabilities of yes; truth: (N,) 0 or 1.

    No share is 0 or 1: N answers cannot make sure of either. Raises `ValueError` for what cannot be calibrated with.
    """
    stated = np.asarray(scores, dtype=np.float64)
    if stated.ndim != 1 or not len(stated) or stated.shape != truth.shape:
        raise ValueError(f"scores {stated.shape} and truths {truth.shape}, where both are (N,)")
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError("a score is no probability")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("a truth is neither 0 nor 1")
    if most_knots < 2:
        raise ValueError(f"{most_knots} knots make no curve")
    distinct, place = np.unique(stated, return_inverse=True)
    weight = np.bincount(place).astype(np.float64)
    yes = np.bincount(place, truth).astype(np.float64)
    blocks = _fewer(_pooled(distinct, weight, yes), most_knots)
    least = 1 / (len(stated) + 2)
    # A score in the middle of ties may be a rounding step beyond them.
    return IsotonicMap(
        tuple(min(max(block.score, 0.0), 1.0) for block in blocks),
        tuple(min(max(block.share, least), 1 - least) for block in blocks),
    )


@dataclass(slots=True)
class _Block:
    weight: float
    moment: float  # weight times score
    yes: float

    @property
    def score(self) -> float:
        return self.moment / self.weight

    @property
    def share(self) -> float:
        return self.yes / self.weight

    def joined(self, other: _Block) -> _Block:
        return _Block(self.weight + other.weight, self.moment + other.moment, self.yes + other.yes)


def _pooled(
    scores: NDArray[np.float64], weight: NDArray[np.float64], yes: NDArray[np.float64]
) -> list[_Block]:
    blocks: list[_Block] = []
    for score, own, hits in zip(scores.tolist(), weight.tolist(), yes.tolist(), strict=True):
        blocks.append(_Block(own, own * score, hits))
        while len(blocks) > 1 and blocks[-2].share >= blocks[-1].share:
            last = blocks.pop()
            blocks[-1] = blocks[-1].joined(last)
    return blocks


def _fewer(blocks: list[_Block], most: int) -> list[_Block]:
    """Neighbours whose joining costs the least squared error (Ward 1963) are joined first."""
    while len(blocks) > most:
        costs = [
            (b.share - a.share) ** 2 * a.weight * b.weight / (a.weight + b.weight)
            for a, b in pairwise(blocks)
        ]
        first = costs.index(min(costs))
        blocks = [*blocks[:first], blocks[first].joined(blocks[first + 1]), *blocks[first + 2 :]]
    return blocks
