"""A yes or no that has been told for long enough."""

from __future__ import annotations


class SteadyYes:
    """Whether glasses are worn, for one: it changes once the other answer has held for `hold_s`.

    A probability between `no_below` and `yes_from` is no answer: what was told before goes on.
    """

    def __init__(
        self, hold_s: float, *, no_below: float = 0.35, yes_from: float = 0.65, max_gap_s: float
    ) -> None:
        self._hold_s = hold_s
        self._no_below = no_below
        self._yes_from = yes_from
        self._max_gap_s = max_gap_s
        self._candidate: bool | None = None
        self._held_s = 0.0
        self._last_s: float | None = None
        self.told: bool | None = None  # None: not told yet

    def forget(self) -> None:
        self.told = self._candidate = None
        self._held_s = 0.0

    def step(self, t_s: float, probability: float | None) -> bool | None:
        passed_s = 0.0 if self._last_s is None else min(self._max_gap_s, t_s - self._last_s)
        self._last_s = t_s
        if probability is None or self._no_below <= probability < self._yes_from:
            return self.told
        answer = probability >= self._yes_from
        if answer != self._candidate:
            self._candidate, self._held_s = answer, 0.0
        else:
            self._held_s += passed_s
        if answer != self.told and self._held_s >= self._hold_s:
            self.told = answer
        return self.told
