"""How much of the last minutes a part of the face was in sight."""

from __future__ import annotations


class InSight:
    """A share that fades with `memory_s`: what is missing from now on counts ever more."""

    def __init__(self, memory_s: float) -> None:
        self._memory_s = memory_s
        self._share = 1.0

    def step(self, passed_s: float, *, seen: bool) -> None:
        self._share += min(1.0, passed_s / self._memory_s) * (seen - self._share)

    @property
    def factor(self) -> float:
        """0..1, for confidence in what is remembered: in full while seen for half of the time or more."""
        return min(1.0, 2.0 * self._share)
