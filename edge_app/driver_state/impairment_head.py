"""Sway of the head: how far it wanders slowly while the driver looks ahead, by nodding and tilting.

Turning is left out, since glances turn the head.
"""

from __future__ import annotations

import math

from edge_app.driver_state.fading_histogram import FadingHistogram
from edge_app.driver_state.impairment_cue import CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable

# Sway of a standing or sitting body lies below 1 Hz; what the road shakes lies above 3 Hz, and noise everywhere.
_SHAKE_S, _POSTURE_S = 0.25, 3.0
_MOVES_RAD = math.radians(5.0)  # farther than this from where it was: moved on purpose
_SETTLE_S = 5.0
_STILL_MOUTH = 0.3  # who talks, laughs or yawns moves the head with it
_MEDIAN_TO_STD = 1.4826
_LOW, _HIGH = math.log(0.05), math.log(10.0)  # degrees


class _Wander:
    """One angle between the shaking of the road and changes of posture."""

    def __init__(self, memory_s: float) -> None:
        self._now_rad: float | None = None
        self._posture_rad = 0.0
        self._settled_s = 0.0
        self.degrees = FadingHistogram(_LOW, _HIGH, 60, memory_s)

    def forget(self) -> None:
        self._now_rad = None
        self._settled_s = 0.0

    def step(self, angle_rad: float, passed_s: float, *, counts: bool) -> None:
        if self._now_rad is None:
            self._now_rad = self._posture_rad = angle_rad
        self._now_rad += min(1.0, passed_s / _SHAKE_S) * (angle_rad - self._now_rad)
        off_rad = self._now_rad - self._posture_rad
        pull_rad = min(_MOVES_RAD, max(-_MOVES_RAD, off_rad))
        self._posture_rad += min(1.0, passed_s / _POSTURE_S) * pull_rad
        self._settled_s += passed_s
        if counts and self._settled_s >= _SETTLE_S and abs(off_rad) <= _MOVES_RAD:
            deg = _MEDIAN_TO_STD * math.degrees(abs(off_rad))
            self.degrees.step(math.log(max(deg, 0.05)), passed_s)


class HeadSwayCue:
    def __init__(self, settings: ImpairmentSettings) -> None:
        self._settings = settings
        self._pitch = _Wander(settings.memory_s)
        self._roll = _Wander(settings.memory_s)
        self._reason = Unavailable.NOT_CALIBRATED

    def step(
        self,
        passed_s: float,
        pitch: Signal,
        roll: Signal,
        mouth_openness: Signal,
        *,
        looks_ahead: bool,
    ) -> None:
        if pitch.value is None or roll.value is None:
            self._reason = pitch.unavailable or roll.unavailable or Unavailable.UNCERTAIN
            self._pitch.forget()
            self._roll.forget()
            return
        counts = looks_ahead and (mouth_openness.value or 0.0) <= _STILL_MOUTH
        self._pitch.step(pitch.value, passed_s, counts=counts)
        self._roll.step(roll.value, passed_s, counts=counts)

    def reading(self) -> CueReading:
        pitch = self._pitch.degrees.quantile(0.5)
        roll = self._roll.degrees.quantile(0.5)
        if pitch is None or roll is None:
            return CueReading.missing(self._reason)
        seen_s = min(self._pitch.degrees.seen_s, self._roll.degrees.seen_s)
        return CueReading.of((pitch + roll) / 2, seen_s / self._settings.min_observed_s)
