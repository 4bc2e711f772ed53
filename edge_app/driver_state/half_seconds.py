"""Frames of attentive driving, gathered to half seconds: their medians are not moved by a blink or by noise."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from calibration.driver.attentive_moment import AttentiveMoment
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState

_LENGTH_S = 0.5
_TOLERANCE_S = 1e-6


class HalfSeconds:
    """Frames in, one moment out for every half second of them."""

    def __init__(self, max_gap_s: float) -> None:
        self._max_gap_s = max_gap_s
        self._rows: list[tuple[float | None, ...]] = []
        self._last_s: float | None = None
        self.length_s = 0.0  # of the moment that was given last

    def begin(self) -> None:
        self._rows.clear()
        self._last_s = None
        self.length_s = 0.0

    def step(
        self, signals: Signals, state: DriverState, *, blinks_can_be_timed: bool
    ) -> AttentiveMoment | None:
        t_s = state.t_s
        if not self._rows:
            self.length_s = 0.0
        if self._last_s is not None and t_s - self._last_s <= self._max_gap_s:
            self.length_s += t_s - self._last_s
        self._last_s = t_s
        self._rows.append(
            (
                signals.eye_openness_left.value,
                signals.eye_openness_right.value,
                signals.mouth_openness.value,
                signals.head_yaw_rad.value,
                signals.head_pitch_rad.value,
                signals.gaze_yaw_rad.value,
                signals.gaze_pitch_rad.value,
            )
        )
        if self.length_s < _LENGTH_S - _TOLERANCE_S:
            return None
        left, right, mouth, yaw, pitch, gaze_yaw, gaze_pitch = (
            _median(column) for column in zip(*self._rows, strict=True)
        )
        self._rows.clear()
        forward_pitch = state.glance.forward_pitch_rad
        if yaw is None or pitch is None or forward_pitch is None:
            return None
        return AttentiveMoment(
            t_s=t_s,
            left=left,
            right=right,
            mouth=mouth,
            yaw_rad=yaw,
            pitch_rad=pitch,
            pitch_from_forward_rad=pitch - forward_pitch,
            gaze_yaw_rad=gaze_yaw,
            gaze_pitch_rad=gaze_pitch,
            blinks_can_be_timed=blinks_can_be_timed,
        )


def _median(values: Sequence[float | None]) -> float | None:
    """Of values that were read in at least half of the frames."""
    read = [value for value in values if value is not None]
    return median_low(read) if 2 * len(read) >= len(values) else None
