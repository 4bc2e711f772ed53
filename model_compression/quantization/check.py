"""One measured figure of the parity gate and the limit it is held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from edge_app.bundle.heads import PartName

MOST_POINTS = 0.5
MOST_RELATIVE = 0.01


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
        """A figure that is not a number has failed."""
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


def failed(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if not check.passed]
