"""How long large saccades take against what their size asks for. Needs a fast camera."""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise

from edge_app.driver_state.impairment_cue import CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable

_SPAN_S = 0.24
_LEAST_RAD = math.radians(12.0)
_RESTS_RAD = math.radians(3.0)  # over a third of the span, before and after
_FROM, _UNTIL = 0.15, 0.85  # of the way, where it is timed
# 21 ms + 2.2 ms per degree, Carpenter 1988 (recalled).
_SHORTEST_S, _S_PER_DEG = 0.021, 0.0022
_MOST, _LEAST = 40, 8


class SaccadeCue:
    """Median over the last saccades of their duration, by the time between two shares of the way, over the usual."""

    def __init__(self, settings: ImpairmentSettings) -> None:
        self._settings = settings
        self._path: deque[tuple[float, float]] = deque()  # time and line of sight
        self._slowness: deque[float] = deque(maxlen=_MOST)
        self._fast_enough = False
        self._reason = Unavailable.NOT_CALIBRATED

    def step(
        self, t_s: float, head_yaw: Signal, gaze_yaw: Signal, valid_frame_rate_hz: float
    ) -> None:
        self._fast_enough = valid_frame_rate_hz >= self._settings.saccade_min_frame_rate_hz
        if head_yaw.value is None or gaze_yaw.value is None or not self._fast_enough:
            self._reason = (
                gaze_yaw.unavailable or head_yaw.unavailable or Unavailable.LOW_FRAME_RATE
            )
            self._path.clear()
            return
        self._path.append((t_s, head_yaw.value + gaze_yaw.value))
        while self._path[0][0] < t_s - _SPAN_S:
            self._path.popleft()
        slowness = self._slowness_of_path(t_s)
        if slowness is not None:
            self._slowness.append(slowness)
            self._path.clear()

    def _slowness_of_path(self, t_s: float) -> float | None:
        """None unless a large saccade lies in the middle of the path."""
        if self._path[0][0] > t_s - 0.9 * _SPAN_S:
            return None
        third_s = _SPAN_S / 3
        before = [at for when, at in self._path if when <= t_s - 2 * third_s]
        after = [at for when, at in self._path if when >= t_s - third_s]
        if len(before) < 2 or len(after) < 2:
            return None
        if max(before) - min(before) > _RESTS_RAD or max(after) - min(after) > _RESTS_RAD:
            return None
        start, end = sum(before) / len(before), sum(after) / len(after)
        size_rad = abs(end - start)
        if size_rad < _LEAST_RAD:
            return None
        shares = [(when, (at - start) / (end - start)) for when, at in self._path]
        began_s, ended_s = _crossing_s(shares, _FROM), _crossing_s(shares, _UNTIL)
        if began_s is None or ended_s is None or ended_s <= began_s:
            return None
        usual_s = _SHORTEST_S + _S_PER_DEG * math.degrees(size_rad)
        return (ended_s - began_s) / (_UNTIL - _FROM) / usual_s

    def reading(self) -> CueReading:
        if len(self._slowness) < _LEAST:
            reason = self._reason if self._fast_enough else Unavailable.LOW_FRAME_RATE
            return CueReading.missing(reason)
        middle = sorted(self._slowness)[len(self._slowness) // 2]
        return CueReading.of(middle, len(self._slowness) / (2 * _LEAST))


def _crossing_s(shares: list[tuple[float, float]], level: float) -> float | None:
    for (before_s, before), (after_s, after) in pairwise(shares):
        if before < level <= after:
            return before_s + (level - before) / (after - before) * (after_s - before_s)
    return None
