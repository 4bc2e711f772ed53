"""Where a signal usually is: a mean over the last while, by time."""

from __future__ import annotations


class UsualLevel:
    """`memory_s`: of what is older, ever less is left. A gap of more than `max_gap_s` counts as no more than that."""

    def __init__(self, memory_s: float, max_gap_s: float) -> None:
        self._memory_s = memory_s
        self._max_gap_s = max_gap_s
        self._seen_s = 0.0
        self._last_s: float | None = None
        self.level = 0.0

    @property
    def known(self) -> bool:
        return self._last_s is not None

    def step(self, t_s: float, value: float) -> None:
        passed_s = 0.0 if self._last_s is None else min(self._max_gap_s, t_s - self._last_s)
        self._last_s = t_s
        self._seen_s = min(self._memory_s, self._seen_s + passed_s)
        share = passed_s / self._seen_s if self._seen_s > 0 else 1.0
        self.level += (value - self.level) * min(1.0, share)
