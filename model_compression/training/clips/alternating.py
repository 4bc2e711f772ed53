"""Batches of clips and batches of pictures in turns, and each kind's own order; pure functions of the position."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from model_compression.training.seeds import generator_at


@dataclass(frozen=True, slots=True)
class Turn:
    """A position of a stage, seen from the kind whose turn it is."""

    pictures: bool
    position: int  # among all samples of this kind


@dataclass(frozen=True, slots=True)
class Turns:
    """`share` of the batches are of pictures, and lie as evenly as can be among those of clips.

    A batch is of one kind (paper 3, eq. 13, with alpha 0 or 1). The authors' code shuffles the batches of an epoch.
    """

    share: Fraction
    batch: int

    def at(self, position: int) -> Turn:
        batch, place = divmod(position, self.batch)
        of_pictures = batch * self.share.numerator // self.share.denominator  # before this one
        after = (batch + 1) * self.share.numerator // self.share.denominator
        if after > of_pictures:
            return Turn(True, of_pictures * self.batch + place)
        return Turn(False, (batch - of_pictures) * self.batch + place)


def share_of_pictures(pictures: int, clips: int, wanted: float | None) -> Fraction:
    """Of the batches: as wanted, or such that a round of both kinds ends together."""
    if not pictures or not clips:
        return Fraction(bool(pictures))
    return Fraction(pictures, pictures + clips) if wanted is None else Fraction(str(wanted))


class Rounds:
    """Which of `count` things come in which order: of each round, `each` of them, newly drawn and each once.

    place: of the draws, in the run. chances: draw by these instead, where one may come again.
    """

    def __init__(
        self,
        count: int,
        *,
        place: tuple[int, ...],
        first_draw: int,
        each: int | None = None,
        chances: NDArray[np.float64] | None = None,
    ) -> None:
        self._count = count
        self._each = count if each is None else each
        self._place = place
        self._first_draw = first_draw
        self._chances = chances
        self._drawn: tuple[int, NDArray[np.int64]] = (-1, np.zeros(0, dtype=np.int64))

    def __getitem__(self, position: int) -> int:
        number, place = divmod(position, self._each)
        if self._drawn[0] != number:
            self._drawn = number, self._round(number)
        return int(self._drawn[1][place])

    def _round(self, number: int) -> NDArray[np.int64]:
        rng = generator_at(*self._place, self._first_draw + number)
        if self._chances is None:
            return rng.permutation(self._count)[: self._each]
        return rng.choice(self._count, self._each, p=self._chances / self._chances.sum())
