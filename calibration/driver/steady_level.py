"""Where a quantity rests: a mean with a long memory, of the samples that do not raise its spread."""

from __future__ import annotations

import math


class SteadyLevel:
    """Two running means, as openpilot's calibration of the driver's pose has them: one of everything, which knows the
    spread, and one of the samples that did not raise that spread. The first follows a level that has changed for good,
    so the second cannot shut itself in.

    `memory_s`: of what is older, ever less is left. `least_spread`: differences below it are noise and always taken.
    """

    def __init__(self, memory_s: float, least_spread: float) -> None:
        self._memory_s = memory_s
        self._least_spread = least_spread
        self._mean = 0.0
        self._variance = 0.0
        self._seen_s = 0.0
        self.level = 0.0
        self.learned_s = 0.0  # of samples that were taken

    @property
    def spread(self) -> float:
        return math.sqrt(self._variance)

    def start_from(self, level: float, learned_s: float) -> None:
        """As if `level` had been learned for so long, without spread."""
        self._mean = self.level = level
        self._variance = self._least_spread**2
        self._seen_s = self.learned_s = min(self._memory_s, learned_s)

    def add(self, value: float, weight_s: float, *, take_all_below_s: float) -> bool:
        """Whether the sample was taken. Until `take_all_below_s` have been seen all are."""
        self._seen_s = min(self._memory_s, self._seen_s + weight_s)
        share = min(1.0, weight_s / self._seen_s)
        off = value - self._mean
        variance = (1.0 - share) * (self._variance + share * off * off)
        steady = variance <= self._variance or abs(off) <= self._least_spread
        self._mean += share * off
        self._variance = variance
        if not steady and self._seen_s > take_all_below_s:
            return False
        self.learned_s = min(self._memory_s, self.learned_s + weight_s)
        self.level += (value - self.level) * min(1.0, weight_s / self.learned_s)
        return True
