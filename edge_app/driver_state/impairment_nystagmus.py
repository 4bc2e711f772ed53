"""Nystagmus-like oscillation: eyes that glide to one side and jump back, again and again.

Real nystagmus at the wheel is mostly too small and too far aside for a camera on the dashboard; this finds the large.
"""

from __future__ import annotations

import math

from edge_app.driver_state.impairment_cue import CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.usual_level import UsualLevel

_WINDOW_S = 4.0
_JUMP_RAD = math.radians(2.6)  # between two frames: above the noise of a gaze that a camera reads
_GLIDES_RAD_PER_S = math.radians(3.0)
_LEAST_JUMPS = 4  # within a window: one a second
_LEAST_SEEN = 0.6  # of a window


class NystagmusCue:
    """Share of windows of 4 s in which slow movement adds up to one side and jumps bring the eyes back."""

    def __init__(self, settings: ImpairmentSettings, max_gap_s: float) -> None:
        self._settings = settings
        self._share = UsualLevel(settings.memory_s, _WINDOW_S)
        self._max_gap_s = max_gap_s
        self._last_rad: float | None = None
        self._began_s: float | None = None
        self._glided_rad = 0.0
        self._glided_s = 0.0
        self._jumps_right = 0
        self._jumps_left = 0
        self._covered_s = 0.0
        self._reason = Unavailable.NOT_CALIBRATED

    def step(self, t_s: float, passed_s: float, gaze_yaw: Signal, *, can_time: bool) -> None:
        yaw_rad = gaze_yaw.value
        if yaw_rad is None or not can_time or not 0.0 < passed_s < self._max_gap_s:
            reason = None if can_time else Unavailable.LOW_FRAME_RATE
            self._reason = gaze_yaw.unavailable or reason or self._reason
            self._last_rad = None  # a blink parts the path, not the window
            return
        if self._last_rad is not None:
            moved_rad = yaw_rad - self._last_rad
            if abs(moved_rad) > _JUMP_RAD:
                self._jumps_right += moved_rad > 0.0
                self._jumps_left += moved_rad < 0.0
            else:
                self._glided_rad += moved_rad
                self._glided_s += passed_s
        self._last_rad = yaw_rad
        if self._began_s is None:
            self._begin(t_s)
        elif t_s - self._began_s >= _WINDOW_S:
            if self._glided_s >= _LEAST_SEEN * _WINDOW_S:
                self._share.step(t_s, float(self._beats()))
                self._covered_s += _WINDOW_S
            self._begin(t_s)

    def _begin(self, t_s: float) -> None:
        self._began_s = t_s
        self._glided_rad = self._glided_s = 0.0
        self._jumps_right = self._jumps_left = 0

    def _beats(self) -> bool:
        if self._glided_s <= 0.0:
            return False
        speed = self._glided_rad / self._glided_s
        back, on = self._jumps_left, self._jumps_right
        if speed < 0.0:
            back, on = on, back
        return abs(speed) >= _GLIDES_RAD_PER_S and back >= max(_LEAST_JUMPS, 3 * on)

    def reading(self) -> CueReading:
        if self._covered_s <= 0.0:
            return CueReading.missing(self._reason)
        return CueReading.of(self._share.level, self._covered_s / self._settings.min_observed_s)
