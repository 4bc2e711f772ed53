"""A rolling window of time in which something did or did not hold; gaps are simply absent."""

from __future__ import annotations

from collections import deque


class HeldWindow:
    """Seconds of a rolling window in which a condition was known, and in which it held.

    Each sample stands until the next one, unless that comes later than `max_gap_s`.
    """

    def __init__(self, *, window_s: float, max_gap_s: float) -> None:
        self._window_s = window_s
        self._max_gap_s = max_gap_s
        self._segments: deque[tuple[float, float, bool]] = deque()  # start, end, held
        self._last: tuple[float, bool] | None = None

    def step(self, t_s: float, held: bool | None, *, since_s: float | None = None) -> None:
        """since_s: since when it has held already, where it begins to hold here and that is known only now."""
        if self._last is not None:
            start_s, was_held = self._last
            if 0.0 < t_s - start_s <= self._max_gap_s:
                self._append(start_s, t_s, was_held)
        if held and since_s is not None and not (self._last is not None and self._last[1]):
            self._relabel(since_s)
        self._last = None if held is None else (t_s, held)
        horizon_s = t_s - self._window_s
        while self._segments and self._segments[0][1] <= horizon_s:
            self._segments.popleft()
        if self._segments and self._segments[0][0] < horizon_s:
            _, end_s, first_held = self._segments[0]
            self._segments[0] = (horizon_s, end_s, first_held)

    @property
    def known_s(self) -> float:
        return sum(end - start for start, end, _ in self._segments)

    def held_s(self, *, min_run_s: float = 0.0) -> float:
        """Seconds held, leaving out runs shorter than `min_run_s`."""
        return sum(
            end - start for start, end, held in self._segments if held and end - start >= min_run_s
        )

    def _relabel(self, since_s: float) -> None:
        """What was known from `since_s` on did hold after all."""
        known = []
        while self._segments and self._segments[-1][1] > since_s:
            start_s, end_s, held = self._segments.pop()
            known.append((max(start_s, since_s), end_s))
            if start_s < since_s:
                self._segments.append((start_s, since_s, held))
                break
        for start_s, end_s in reversed(known):
            self._append(start_s, end_s, True)

    def _append(self, start_s: float, end_s: float, held: bool) -> None:
        if self._segments and self._segments[-1][1] == start_s and self._segments[-1][2] == held:
            self._segments[-1] = (self._segments[-1][0], end_s, held)
        else:
            self._segments.append((start_s, end_s, held))
