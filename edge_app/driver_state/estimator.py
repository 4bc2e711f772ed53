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
from edge_app.driver_state.drowsiness_evidence import DrowsinessSigns
from edge_app.driver_state.eased_closure import EasedClosure
from edge_app.driver_state.frame_rate import ValidFrameRate
from edge_app.driver_state.gaze_zone import GazeZoneEstimator
from edge_app.driver_state.glance import GlanceEstimator
from edge_app.driver_state.head_drop import HeadDropEstimator
from edge_app.driver_state.impairment import ImpairmentEstimator, ImpairmentSigns
from edge_app.driver_state.impairment_lids import is_known
from edge_app.driver_state.lid_episode import LidEpisodeEstimator
from edge_app.driver_state.open_eyes import OpenEyesGate
from edge_app.driver_state.perclos import PerclosEstimator
from edge_app.driver_state.personal import PersonalCalibration
from edge_app.driver_state.presence import PresenceEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import BlinkReading, Signal, Signals, Unavailable
from edge_app.driver_state.state import UNCALIBRATED, DriverState
from edge_app.driver_state.unseen_lids import UnseenLidsEstimator
from edge_app.driver_state.yawn import YawnEstimator

_LARGEST_ANGLE_RAD = math.pi
_HIGHEST_READ_LEVEL = 10.0  # of `BlinkReading`
_LARGEST_SHARE = 2.0  # openness and smile run 0..1; a regression may overshoot


class DriverStateEstimator:
    """Signals in order of time -> driver state. The same signals always give the same states."""

    def __init__(
        self, settings: DriverStateSettings, personal: PersonalCalibration | None = None
    ) -> None:
        """personal: what earlier estimators of the same drive have learned of the driver."""
        self.personal = personal or PersonalCalibration(settings)
        self._closure = ClosureEstimator(settings.lids)
        self._eased_closure = EasedClosure()
        self._open_eyes = OpenEyesGate(settings)
        self._lids = LidEpisodeEstimator(settings)
        self._frame_rate = ValidFrameRate()
        self._blinks = BlinkEstimator(settings)
        self._perclos = PerclosEstimator(settings)
        self._yawn = YawnEstimator(settings)
        self._glance = GlanceEstimator(settings)
        self._gaze_zone = GazeZoneEstimator(settings.gaze_zone, max_gap_s=settings.max_gap_s)
        self._presence = PresenceEstimator()
        self._unseen_lids = UnseenLidsEstimator(settings)
        self._head_drops = HeadDropEstimator(settings)
        self._drowsiness = DrowsinessEstimator(settings)
        self.impairment = ImpairmentEstimator(settings)
        self._expression = ClassVoting(settings.expression)
        self._temporal = TemporalVoting(settings.temporal)
        self._calibration = UNCALIBRATED  # after the last frame
        self._last_s: float | None = None

    def step(self, signals: Signals, driving: Driving = UNKNOWN_DRIVE) -> DriverState:
        """Raises `ValueError` when time runs backwards or stands still: such a frame must not be fed."""
        t_s = signals.t_s
        if not math.isfinite(t_s) or (self._last_s is not None and t_s <= self._last_s):
            raise ValueError(f"frame time {t_s} does not come after {self._last_s}")
        self._last_s = t_s
        signals = _only_usable(signals)
        references = self.personal.in_use
        closure = self._open_eyes.step(
            t_s,
            self._closure.step(signals.eye_openness_left, signals.eye_openness_right, references),
        )
        eased = self._eased_closure.step(signals, closure.both, references)
        openness_std = openness_std_of_both(signals.eye_openness_left, signals.eye_openness_right)
        lids = self._lids.step(
            t_s, closure.both, openness_std, signals.mouth_openness, self._closure.change
        )
        lids_low_s = self._unseen_lids.step(
            t_s, signals.eye_aspect_ratio, closure.both, openness_std, lids.lids
        )
        frame_rate_hz = self._frame_rate.step(t_s, closure.both.value is not None)
        blinks = self._blinks.step(t_s, eased, frame_rate_hz, references.blinks)
        perclos = self._perclos.step(t_s, eased, doubted=lids.doubted)
        yawn = self._yawn.step(t_s, signals.mouth_openness, signals.smile)
        glance = self._glance.step(
            t_s,
            signals.head_yaw_rad,
            signals.head_pitch_rad,
            lids,
            signals.mouth_openness,
            signals.smile,
        )
        head_drops = self._head_drops.step(
            t_s,
            signals.head_yaw_rad,
            signals.head_pitch_rad,
            glance,
            lids,
            signals.mouth_openness,
        )
        drowsiness = self._drowsiness.step(
            t_s,
            DrowsinessSigns(
                closure=closure.both,
                lids=lids,
                perclos=perclos,
                blinks=blinks,
                yawn=yawn,
                mouth_openness=signals.mouth_openness,
                head_pitch_rad=signals.head_pitch_rad,
                head_drops=head_drops,
                blink_reading=signals.blink_reading,
                driving=driving,
                calibration=self._calibration,
            ),
        )
        impairment = self.impairment.step(
            ImpairmentSigns(
                signals=signals,
                driving=driving,
                lids=lids,
                blinks=blinks,
                perclos=perclos,
                yawn=yawn,
                glance=glance,
                valid_frame_rate_hz=frame_rate_hz,
                own=references if is_known(references) else None,
                driver_number=self._calibration.driver_number,
            )
        )
        state = DriverState(
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
            glance=glance,
            drowsiness=drowsiness,
            expression=self._expression.step(t_s, signals.expression),
            valid_frame_rate_hz=frame_rate_hz,
            temporal=self._temporal.step(t_s, signals.temporal, anew=signals.temporal_anew),
            head_drops=head_drops,
            impairment=impairment,
            gaze_zone=self._gaze_zone.step(
                t_s,
                signals.head_yaw_rad,
                signals.head_pitch_rad,
                glance.forward_yaw_rad,
                glance.forward_pitch_rad,
            ),
        )
        self._calibration = self.personal.step(signals, state, driving)
        return replace(state, calibration=self._calibration)


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
    if signals.blink_reading is not None and not _is_reading(signals.blink_reading):
        mended["blink_reading"] = None
    if not all(_are_probabilities(reading.probabilities) for reading in signals.temporal):
        mended["temporal"] = tuple(
            reading for reading in signals.temporal if _are_probabilities(reading.probabilities)
        )
    return replace(signals, **mended) if mended else signals


def _is_reading(reading: BlinkReading) -> bool:
    told = (reading.alert, reading.low_vigilance, reading.drowsy)
    return _are_probabilities(told) and 0.0 <= reading.level <= _HIGHEST_READ_LEVEL + 1e-3


def _are_probabilities(values: tuple[float, ...]) -> bool:
    return len(values) > 0 and all(0.0 <= value <= 1.0 + 1e-3 for value in values)
