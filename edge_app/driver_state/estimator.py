"""All estimators in their order: one frame's signals in, the driver's state out."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

from edge_app.driver_state.blink import BlinkEstimator
from edge_app.driver_state.class_voting import ClassVoting, TemporalVoting
from edge_app.driver_state.closure import ClosureEstimator, openness_std_of_both
from edge_app.driver_state.driving import UNKNOWN_DRIVE, Driving
from edge_app.driver_state.drowsiness import DrowsinessEstimator
from edge_app.driver_state.frame_rate import ValidFrameRate
from edge_app.driver_state.glance import GlanceEstimator
from edge_app.driver_state.lid_episode import LidEpisodeEstimator
from edge_app.driver_state.open_eyes import OpenEyesGate
from edge_app.driver_state.perclos import PerclosEstimator
from edge_app.driver_state.presence import PresenceEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.driver_state.unseen_lids import UnseenLidsEstimator
from edge_app.driver_state.yawn import YawnEstimator

_LARGEST_ANGLE_RAD = math.pi
_LARGEST_SHARE = 2.0  # openness and smile run 0..1; a regression may overshoot


class DriverStateEstimator:
    """Signals in order of time -> driver state. The same signals always give the same states."""

    def __init__(self, settings: DriverStateSettings) -> None:
        self._closure = ClosureEstimator(settings.lids)
        self._open_eyes = OpenEyesGate(settings)
        self._lids = LidEpisodeEstimator(settings)
        self._frame_rate = ValidFrameRate()
        self._blinks = BlinkEstimator(settings)
        self._perclos = PerclosEstimator(settings)
        self._yawn = YawnEstimator(settings)
        self._glance = GlanceEstimator(settings)
        self._presence = PresenceEstimator()
        self._unseen_lids = UnseenLidsEstimator(settings)
        self._drowsiness = DrowsinessEstimator(settings)
        self._expression = ClassVoting(settings.expression)
        self._temporal = TemporalVoting(settings.temporal)
        self._last_s: float | None = None

    def step(self, signals: Signals, driving: Driving = UNKNOWN_DRIVE) -> DriverState:
        """Raises `ValueError` when time runs backwards or stands still: such a frame must not be fed."""
        t_s = signals.t_s
        if not math.isfinite(t_s) or (self._last_s is not None and t_s <= self._last_s):
            raise ValueError(f"frame time {t_s} does not come after {self._last_s}")
        self._last_s = t_s
        signals = _only_usable(signals)
        closure = self._open_eyes.step(
            t_s, self._closure.step(signals.eye_openness_left, signals.eye_openness_right)
        )
        openness_std = openness_std_of_both(signals.eye_openness_left, signals.eye_openness_right)
        lids = self._lids.step(t_s, closure.both, openness_std, signals.mouth_openness)
        lids_low_s = self._unseen_lids.step(
            t_s, signals.eye_aspect_ratio, closure.both, openness_std, lids.lids
        )
        frame_rate_hz = self._frame_rate.step(t_s, closure.both.value is not None)
        blinks = self._blinks.step(t_s, closure.both, frame_rate_hz)
        perclos = self._perclos.step(t_s, closure.both, doubted=lids.doubted)
        yawn = self._yawn.step(t_s, signals.mouth_openness, signals.smile)
        return DriverState(
            t_s=t_s,
            presence=self._presence.step(signals, closure.both, lids_low_s),
            closure=closure,
            lid_episode=lids,
            blinks=blinks,
            perclos=perclos,
            mouth_openness=signals.mouth_openness,
            yawn=yawn,
            head_yaw_rad=signals.head_yaw_rad,
            head_pitch_rad=signals.head_pitch_rad,
            head_roll_rad=signals.head_roll_rad,
            glance=self._glance.step(
                t_s,
                signals.head_yaw_rad,
                signals.head_pitch_rad,
                lids,
                signals.mouth_openness,
                signals.smile,
            ),
            drowsiness=self._drowsiness.step(t_s, closure.both, lids, perclos, blinks, yawn),
            expression=self._expression.step(t_s, signals.expression),
            valid_frame_rate_hz=frame_rate_hz,
            temporal=self._temporal.step(t_s, signals.temporal, anew=signals.temporal_anew),
        )


def _only_usable(signals: Signals) -> Signals:
    """A NaN, an infinity or a number far off its scale is a signal that nobody can use: `uncertain`."""
    mended: dict[str, Any] = {}
    for field in fields(signals):
        signal = getattr(signals, field.name)
        if isinstance(signal, Signal) and signal.value is not None:
            is_angle = field.name.endswith("_rad")
            largest = _LARGEST_ANGLE_RAD if is_angle else _LARGEST_SHARE
            if not abs(signal.value) <= largest or not math.isfinite(signal.std or 0.0):
                mended[field.name] = Signal.missing(Unavailable.UNCERTAIN)
            elif not is_angle and not 0.0 <= signal.value <= 1.0:
                mended[field.name] = replace(signal, value=min(1.0, max(0.0, signal.value)))
    if signals.expression is not None and not _are_probabilities(signals.expression):
        mended["expression"] = None
    if not all(_are_probabilities(reading.probabilities) for reading in signals.temporal):
        mended["temporal"] = tuple(
            reading for reading in signals.temporal if _are_probabilities(reading.probabilities)
        )
    return replace(signals, **mended) if mended else signals


def _are_probabilities(values: tuple[float, ...]) -> bool:
    return len(values) > 0 and all(0.0 <= value <= 1.0 + 1e-3 for value in values)
