"""How many usable frames come in a second, by frame time."""

from __future__ import annotations

from collections import deque

_WINDOW_S = 2.0
_MIN_SPAN_S = 0.5


class ValidFrameRate:
    """Rate of frames in which an eye could be judged, over the last two seconds; 0 before half a second is seen."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque()
        self._first_s: float | None = None

    def step(self, t_s: float, valid: bool) -> float:
        if self._first_s is None:
            self._first_s = t_s
        if valid:
            self._times_s.append(t_s)
        while self._times_s and self._times_s[0] < t_s - _WINDOW_S:
            self._times_s.popleft()
        span_s = min(_WINDOW_S, t_s - self._first_s)
        if span_s < _MIN_SPAN_S:
            return 0.0
        return max(0, len(self._times_s) - 1) / span_s
