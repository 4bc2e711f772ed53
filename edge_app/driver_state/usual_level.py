"""Where a signal usually is: a mean over the last while, by time."""

from __future__ import annotations

from edge_app.driver_state.scale_change import ScaleChange


class UsualLevel:
    """`memory_s`: of what is older, ever less is left. A gap of more than `max_gap_s` counts as no more than that."""

    def __init__(self, memory_s: float, max_gap_s: float) -> None:
        self._memory_s = memory_s
        self._max_gap_s = max_gap_s
        self._last_s: float | None = None
        self.seen_s = 0.0  # for how long it was seen, at most `memory_s`
        self.level = 0.0

    def seen_within(self, t_s: float) -> bool:
        """Whether it was seen within the memory before `t_s`: else another driver may sit there."""
        return self._last_s is not None and t_s - self._last_s <= self._memory_s

    def rescale(self, change: ScaleChange) -> None:
        """The same level on another scale."""
        self.level = max(0.0, change.of(self.level))

    def step(self, t_s: float, value: float) -> None:
        passed_s = 0.0 if self._last_s is None else min(self._max_gap_s, t_s - self._last_s)
        self._last_s = t_s
        self.seen_s = min(self._memory_s, self.seen_s + passed_s)
        share = passed_s / self.seen_s if self.seen_s > 0 else 1.0
        self.level += (value - self.level) * min(1.0, share)
