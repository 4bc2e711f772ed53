"""How open one eye of this driver is when it is open, and how much lower while head or gaze point down.

In: half seconds of an open eye. Out: its level, and openness per radian of head pitch and of gaze below level. The
upper lid follows the eye down: the gap narrows by a third over 40 degrees (Read et al. 2006), which both bounds and
expects what is learned here.
"""

from __future__ import annotations

import math

from calibration.driver.steady_level import SteadyLevel

MOST_PER_GAZE_DOWN = 1.0  # openness per radian: at 40 degrees two thirds of the widest eye
MOST_PER_HEAD_PITCH = 0.6
_LEVEL_WITHIN_RAD = math.radians(6.0)
_DOWN_FROM_RAD, _DOWN_TO_RAD = math.radians(8.0), math.radians(35.0)
_PITCH_FROM_RAD, _PITCH_TO_RAD = math.radians(3.0), math.radians(20.0)
_TAKE_ALL_BELOW_S = 5.0
_LEAST_SPREAD = 0.02  # from frame to frame openness of open eyes moves by 0.007 to 0.018
# A slope of 0 weighs as much as so many seconds at so many radians.
_DOUBT_S, _DOUBT_RAD = 5.0, 0.25


class OpenEye:
    """One eye, with glasses or without."""

    def __init__(self, memory_s: float) -> None:
        self._level = SteadyLevel(memory_s, _LEAST_SPREAD)
        self._by_gaze = _Slope(memory_s, 0.0, MOST_PER_GAZE_DOWN)
        self._by_pitch = _Slope(memory_s, -MOST_PER_HEAD_PITCH, MOST_PER_HEAD_PITCH)

    @property
    def level(self) -> float:
        return self._level.level

    @property
    def learned_s(self) -> float:
        return self._level.learned_s

    @property
    def spread(self) -> float:
        return self._level.spread

    @property
    def per_head_pitch(self) -> float:
        return self._by_pitch.value

    @property
    def per_gaze_down(self) -> float:
        return self._by_gaze.value

    def start_from(
        self, level: float, learned_s: float, per_head_pitch: float, per_gaze_down: float
    ) -> None:
        self._level.start_from(level, learned_s)
        self._by_pitch.start_from(per_head_pitch)
        self._by_gaze.start_from(per_gaze_down)

    def add(
        self, openness: float, pitch_rad: float, gaze_down_rad: float | None, weight_s: float
    ) -> None:
        """pitch_rad: from the forward direction. gaze_down_rad: below level; None where gaze is not read."""
        down_rad = gaze_down_rad or 0.0
        if abs(pitch_rad) <= _LEVEL_WITHIN_RAD and abs(down_rad) <= _LEVEL_WITHIN_RAD:
            self._level.add(openness, weight_s, take_all_below_s=_TAKE_ALL_BELOW_S)
        if self._level.learned_s <= _TAKE_ALL_BELOW_S:
            return
        lost = self._level.level - openness
        if _DOWN_FROM_RAD <= down_rad <= _DOWN_TO_RAD and abs(pitch_rad) <= _PITCH_TO_RAD:
            of_pitch = self._by_pitch.value * pitch_rad
            self._by_gaze.add(down_rad, lost + of_pitch, weight_s)
        elif _PITCH_FROM_RAD <= abs(pitch_rad) <= _PITCH_TO_RAD and down_rad <= _DOWN_FROM_RAD:
            of_gaze = self._by_gaze.value * max(0.0, down_rad)
            self._by_pitch.add(pitch_rad, of_gaze - lost, weight_s)


class _Slope:
    """A line through the origin by least squares, drawn to 0 while little has been seen, and bounded."""

    def __init__(self, memory_s: float, least: float, most: float) -> None:
        self._memory_s = memory_s
        self._least = least
        self._most = most
        self._squares = 0.0
        self._products = 0.0

    @property
    def value(self) -> float:
        doubt = _DOUBT_S * _DOUBT_RAD**2
        return min(self._most, max(self._least, self._products / (self._squares + doubt)))

    def start_from(self, value: float) -> None:
        self._squares = 4.0 * _DOUBT_S * _DOUBT_RAD**2
        self._products = value * (self._squares + _DOUBT_S * _DOUBT_RAD**2)

    def add(self, at: float, value: float, weight_s: float) -> None:
        fades = math.exp(-weight_s / self._memory_s)
        self._squares = fades * self._squares + weight_s * at * at
        self._products = fades * self._products + weight_s * at * value
