"""How often the eyes jump while they scan the road: fewer and longer fixations leave fewer jumps.

Only jumps above the noise of a gaze that a camera reads are seen, so this counts the larger ones.
"""

from __future__ import annotations

import math
from collections import deque

from edge_app.driver_state.impairment_cue import CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable

_SPAN_S = 0.2  # its first third is held against its last
_LEAST_RAD = math.radians(2.5)
_APART_S = 0.15  # the shortest fixation
_LEAST_PER_S = 0.05


class ScanningCue:
    """Jumps of the eyes in the head, a second of seen gaze; the past fades."""

    def __init__(self, settings: ImpairmentSettings) -> None:
        self._settings = settings
        self._path: deque[tuple[float, float, float]] = deque()  # time, yaw, pitch
        self._jumped_s = -math.inf
        self._jumps = 0.0
        self._seen_s = 0.0
        self._covered_s = 0.0
        self._reason = Unavailable.NOT_CALIBRATED

    def step(
        self, t_s: float, passed_s: float, gaze: tuple[Signal, Signal], *, can_time: bool
    ) -> None:
        yaw, pitch = gaze[0].value, gaze[1].value
        if yaw is None or pitch is None or not can_time:
            seen = gaze[0].unavailable or gaze[1].unavailable
            self._reason = seen or Unavailable.LOW_FRAME_RATE
            self._path.clear()
            return
        self._path.append((t_s, yaw, pitch))
        if self._path[0][0] > t_s - _SPAN_S:
            return
        while self._path[1][0] <= t_s - _SPAN_S:
            self._path.popleft()
        fades = 1.0 - passed_s / self._settings.memory_s
        self._jumps *= fades
        self._seen_s = self._seen_s * fades + passed_s
        self._covered_s += passed_s
        if t_s - self._jumped_s >= _APART_S and self._leapt_rad(t_s) >= _LEAST_RAD:
            self._jumped_s = t_s
            self._jumps += 1.0

    def _leapt_rad(self, t_s: float) -> float:
        before = [(yaw, pitch) for at, yaw, pitch in self._path if at <= t_s - 2 * _SPAN_S / 3]
        after = [(yaw, pitch) for at, yaw, pitch in self._path if at >= t_s - _SPAN_S / 3]
        yaw = sum(one[0] for one in after) / len(after) - sum(one[0] for one in before) / len(
            before
        )
        pitch = sum(one[1] for one in after) / len(after) - sum(one[1] for one in before) / len(
            before
        )
        return math.hypot(yaw, pitch)

    def reading(self) -> CueReading:
        if self._seen_s <= 0.0:
            return CueReading.missing(self._reason)
        rate = max(_LEAST_PER_S, self._jumps / self._seen_s)
        return CueReading.of(math.log(rate), self._covered_s / self._settings.min_observed_s)
