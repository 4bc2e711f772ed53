"""Closure of lids that follow the eye: what head and gaze lower is not counted as closing.

In: openness, head pitch and gaze. Out: the combined closure against an open eye as it is at this pitch and gaze.

It is for PERCLOS and blinks alone, which ask how long and how far lids shut. Lid states, glances and microsleeps keep
the plain closure: lids cast down are what tells a glance at the lap, and must not be explained away by the gaze that
causes them. An eye that is shut reads the same on both scales, since only the open end moves.
"""

from __future__ import annotations

import math

from calibration.driver.reference_bounds import MOST_LOWERED_SHARE
from calibration.driver.references import DriverReferences, EyeReference
from edge_app.driver_state.closure import closure_of, combined
from edge_app.driver_state.signals import Signal, Signals

# Gaze of an eye that is about to shut is read downwards: what a blink does to it must not explain the blink.
_SMOOTHED_OVER_S = 0.3
_REMEMBERED_S = 1.0


class EasedClosure:
    """Remembers where head and eye pointed lately."""

    def __init__(self) -> None:
        self._pitch = _Smooth()
        self._down = _Smooth()

    def step(self, signals: Signals, closure: Signal, references: DriverReferences) -> Signal:
        """closure: the plain one, which is returned where nothing is known of head and gaze."""
        t_s = signals.t_s
        pitch_rad = self._pitch.step(
            t_s, _less(signals.head_pitch_rad, references.forward_pitch_rad)
        )
        up_rad = self._down.step(
            t_s, _less(signals.gaze_pitch_rad, references.forward_gaze_pitch_rad)
        )
        left, right = references.left, references.right
        if closure.value is None or not any(
            (
                left.open_per_head_pitch,
                left.open_per_gaze_down,
                right.open_per_head_pitch,
                right.open_per_gaze_down,
            )
        ):
            return closure
        down_rad = max(0.0, -(up_rad or 0.0))
        return combined(
            closure_of(signals.eye_openness_left, _lowered(left, pitch_rad or 0.0, down_rad)),
            closure_of(signals.eye_openness_right, _lowered(right, pitch_rad or 0.0, down_rad)),
        )


def _lowered(eye: EyeReference, pitch_rad: float, down_rad: float) -> EyeReference:
    lowered = eye.open_per_gaze_down * down_rad - eye.open_per_head_pitch * pitch_rad
    most = MOST_LOWERED_SHARE * (eye.open - eye.closed)
    return EyeReference(open=eye.open - max(0.0, min(most, lowered)), closed=eye.closed)


def _less(angle: Signal, forward_rad: float | None) -> float | None:
    return None if angle.value is None or forward_rad is None else angle.value - forward_rad


class _Smooth:
    """A value over the last moments; what was last known is held for a while."""

    def __init__(self) -> None:
        self._value: float | None = None
        self._last_s = 0.0

    def step(self, t_s: float, value: float | None) -> float | None:
        if self._value is not None and t_s - self._last_s > _REMEMBERED_S:
            self._value = None
        if value is None:
            return self._value
        if self._value is None:
            self._value = value
        else:
            share = 1.0 - math.exp(-(t_s - self._last_s) / _SMOOTHED_OVER_S)
            self._value += share * (value - self._value)
        self._last_s = t_s
        return self._value
