"""One measured figure of the parity gate and the limit it is held against."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import KNOWN_HEADS, PartName

MOST_POINTS = 0.5
MOST_RELATIVE = 0.01
# Of the worst hundredth of pictures, which a mean can hide. Measured on heads whose int8 file was sound: 0.6 to 4.5.
MOST_TAIL_POINTS = 5.0
MOST_TAIL_RELATIVE = 0.1
TAIL_PER_CENT = 99.0


@dataclass(frozen=True, slots=True)
class Check:
    """`parts`: whose files are to blame where it fails."""

    parts: tuple[PartName, ...]
    head: str  # or the decision
    figure: str  # what was measured, with its unit
    value: float
    bound: Literal["at most", "at least"]
    limit: float
    n: int  # pictures, frames or events behind it

    @property
    def passed(self) -> bool:
        """A figure that is not a number has failed, and so has one with nothing behind it."""
        if self.n < 1 or not math.isfinite(self.value):
            return False
        if self.bound == "at most":
            return self.value <= self.limit
        return self.value >= self.limit

    def sentence(self) -> str:
        """Head, figure and limit in words."""
        return (
            f"{self.head}: {self.figure} {self.value:.4g}, {self.bound} {self.limit:.4g}"
            f" (n = {self.n})"
        )


def worse_check(
    parts: tuple[PartName, ...], head: str, figure: str, points: float, of: float, n: int
) -> Check:
    """Points by which a head is worse; of: float's own error in points, of which 1 % may be lost too."""
    limit = max(MOST_POINTS, MOST_RELATIVE * of)
    return Check(parts, head, figure, points, "at most", limit, n)


def tail_check(
    parts: tuple[PartName, ...], head: str, lost: NDArray[np.floating], of: NDArray[np.floating]
) -> Check:
    """The 99th percentile over pictures, of the head's place in which it is worst.

    lost: (N, places) points by which each answer is worse, NaN where not known; of: float's own error in points.
    """
    known = ~np.isnan(lost).all(axis=0)
    with np.errstate(invalid="ignore"):  # of infinite ones, which fail
        tail, own = (np.nanpercentile(each[:, known], TAIL_PER_CENT, axis=0) for each in (lost, of))
    limits = np.maximum(MOST_TAIL_POINTS, MOST_TAIL_RELATIVE * own)
    worst = int(np.argmax(tail - limits))
    figure = "99th percentile of points worse"
    if len(known) > 1:
        figure += f", at {_place(head, int(np.flatnonzero(known)[worst]), len(known))}"
    value, limit = float(tail[worst]), float(limits[worst])
    return Check(parts, head, figure, value, "at most", limit, len(lost))


def _place(head: str, place: int, places: int) -> str:
    """Of a head's places, by name where the bundle format names them."""
    described = KNOWN_HEADS.get(head)
    if described is not None and described.shape[0] == 1 and place < len(described.order):
        return described.order[place]
    return f"place {place + 1} of {places}"


def failed(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if not check.passed]
