"""Where the road is, learned: the direction in which the head points most of the time."""

from __future__ import annotations

import math

import numpy as np

from edge_app.driver_state.settings import GlanceSettings

_BIN_RAD = math.radians(4)
_YAW_BINS, _PITCH_BINS = 45, 45  # +-90 degrees each
_RENORMALIZE_AT = 1e12
_AWAY_WEIGHT = 0.2  # of time in which the head is away from what is held to be the road


class ForwardDirection:
    """Mode of the head's direction over the last minutes, in the camera's frame.

    A mode, since glances to mirrors pull a mean and long ones a median. Weighted by time, so the frame rate does
    not matter; the past fades with `learn_memory_s`. What looks off the road counts for little: a driver who stares
    at something else does not make it the road, but a camera that was moved is learned anew in time.
    """

    def __init__(self, settings: GlanceSettings) -> None:
        self._settings = settings
        self._weight = np.zeros((_YAW_BINS, _PITCH_BINS))
        # Newer samples weigh more, which fades the older ones without touching them.
        self._gain = 1.0
        self._observed_s = 0.0
        self._given_yaw_rad = _radians(settings.forward_yaw_deg)
        self._given_pitch_rad = _radians(settings.forward_pitch_deg)
        self._learned: tuple[float, float] | None = None

    @property
    def direction(self) -> tuple[float, float] | None:
        """(yaw, pitch) of the road in radians; None before enough has been seen."""
        learned_yaw_rad, learned_pitch_rad = self._learned or (None, None)
        yaw_rad = learned_yaw_rad if self._given_yaw_rad is None else self._given_yaw_rad
        pitch_rad = learned_pitch_rad if self._given_pitch_rad is None else self._given_pitch_rad
        return None if yaw_rad is None or pitch_rad is None else (yaw_rad, pitch_rad)

    def learn(self, yaw_rad: float, pitch_rad: float, passed_s: float, *, away: bool) -> None:
        """The head has pointed there for `passed_s`; `away`: off what is held to be the road until now."""
        settings = self._settings
        if away:
            passed_s *= _AWAY_WEIGHT
        self._observed_s += passed_s
        self._gain *= math.exp(passed_s / settings.learn_memory_s)
        if self._gain > _RENORMALIZE_AT:
            self._weight /= self._gain
            self._gain = 1.0
        # Shared among the four nearest bins, so that a head between two bins does not split its weight by luck.
        yaw_at = min(_YAW_BINS - 1.001, max(0.0, yaw_rad / _BIN_RAD + (_YAW_BINS - 1) / 2))
        pitch_at = min(_PITCH_BINS - 1.001, max(0.0, pitch_rad / _BIN_RAD + (_PITCH_BINS - 1) / 2))
        i, j = int(yaw_at), int(pitch_at)
        a, b = yaw_at - i, pitch_at - j
        weight = passed_s * self._gain
        self._weight[i, j] += weight * (1 - a) * (1 - b)
        self._weight[i + 1, j] += weight * a * (1 - b)
        self._weight[i, j + 1] += weight * (1 - a) * b
        self._weight[i + 1, j + 1] += weight * a * b
        if self._observed_s >= settings.learn_s:
            self._learned = self._mode()

    def _mode(self) -> tuple[float, float]:
        flat = int(self._weight.argmax())
        i, j = divmod(flat, _PITCH_BINS)
        rows = slice(max(0, i - 1), i + 2)
        columns = slice(max(0, j - 1), j + 2)
        near = self._weight[rows, columns]
        total = float(near.sum())
        if total <= 0.0:
            return 0.0, 0.0
        yaw_at = float(near.sum(axis=1) @ np.arange(rows.start, rows.start + near.shape[0])) / total
        pitch_at = (
            float(near.sum(axis=0) @ np.arange(columns.start, columns.start + near.shape[1]))
            / total
        )
        return (
            (yaw_at - (_YAW_BINS - 1) / 2) * _BIN_RAD,
            (pitch_at - (_PITCH_BINS - 1) / 2) * _BIN_RAD,
        )


def _radians(angle_deg: float | None) -> float | None:
    return None if angle_deg is None else math.radians(angle_deg)
