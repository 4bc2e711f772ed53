"""How deep this driver's closures go, and whether the ongoing one holds its depth and is told with certainty."""

from __future__ import annotations

import math
from collections import deque

from edge_app.driver_state.scale_change import ScaleChange

_SUSTAINED_FRAMES = 2  # a single frame may be noise
_CLEARLY_DEEPER = 1.05  # than the reference of a shut eye, which is 1
_DEEPEST_OVER_S = 0.2
_LEVEL_OVER_S = 0.5
_TIME_TOLERANCE_S = 1e-6


class OwnDepth:
    """The deepest closure this driver has shown, up to `most`; None until it is clearly deeper than the reference."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._last: deque[float] = deque(maxlen=_SUSTAINED_FRAMES)
        self._depth = _CLEARLY_DEEPER

    def step(self, depth: float) -> float | None:
        self._last.append(depth)
        if len(self._last) == _SUSTAINED_FRAMES:
            self._depth = max(self._depth, min(self._most, min(self._last)))
        return self._depth if self._depth > _CLEARLY_DEEPER else None

    def rescale(self, change: ScaleChange) -> None:
        """The same depth on another scale."""
        if self._depth > _CLEARLY_DEEPER:
            self._depth = max(_CLEARLY_DEEPER, min(self._most, change.of(self._depth)))
        for place, depth in enumerate(self._last):
            self._last[place] = change.of(depth)


class HeldDepth:
    """Whether the depth of a closure holds: a lid that is cast down after a blink, or flutters, does not."""

    def __init__(self, *, hold_share: float, max_spread: float, window_s: float) -> None:
        self._hold_share = hold_share
        self._max_spread = max_spread
        self._window_s = window_s
        self._course: deque[tuple[float, float]] = deque()  # (t_s, depth) of the last `window_s`
        self._deepest = 0.0

    def begin(self) -> None:
        self._course.clear()
        self._deepest = 0.0

    def step(self, t_s: float, depth: float) -> bool:
        self._course.append((t_s, depth))
        while self._course[0][0] < t_s - self._window_s:
            self._course.popleft()
        if t_s - self._course[0][0] >= _DEEPEST_OVER_S - _TIME_TOLERANCE_S:
            self._deepest = max(self._deepest, self._mean(t_s, _DEEPEST_OVER_S))
        depths = [value for _, value in self._course]
        mean = sum(depths) / len(depths)
        spread = math.sqrt(sum((value - mean) ** 2 for value in depths) / len(depths))
        level = self._mean(t_s, _LEVEL_OVER_S)
        return spread <= self._max_spread and level >= self._hold_share * self._deepest

    def _mean(self, t_s: float, over_s: float) -> float:
        total, count = 0.0, 0
        for time_s, depth in reversed(self._course):
            if time_s <= t_s - over_s:
                break
            total += depth
            count += 1
        return total / count


class SureDepth:
    """Whether a closure is told with certainty: the openness' mean standard deviation over the last `window_s`.

    The built-in models told eyes that were shut on four clips with 0.05 to 0.09, and open eyes that looked far aside
    from a simulated camera at the mirror, and read as shut for a second, with 0.11 to 0.2.
    """

    def __init__(self, *, max_std: float, window_s: float) -> None:
        self._max_std = max_std
        self._window_s = window_s
        self._course: deque[tuple[float, float]] = deque()  # (t_s, std) of the last `window_s`

    def begin(self) -> None:
        self._course.clear()

    def step(self, t_s: float, std: float) -> bool:
        self._course.append((t_s, std))
        while self._course[0][0] < t_s - self._window_s:
            self._course.popleft()
        mean = sum(value for _, value in self._course) / len(self._course)
        return mean <= self._max_std
