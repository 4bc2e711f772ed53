"""Whether this moment is one of attentive driving, from which can be learned; if not, why."""

from __future__ import annotations

import math

from edge_app.driver_state.driving import Driving
from edge_app.driver_state.drowsy_signs import Signs
from edge_app.driver_state.personal_settings import PersonalSettings
from edge_app.driver_state.resting_smile import RestingSmile
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState, LidState, NotLearning

_SETTLES_S = 1.0  # after a mouth that was busy, or a head that was turned, the face comes to rest
_TYPICAL_RESTING_MOUTH = 0.1


class LearningGate:
    """The first reason that holds."""

    def __init__(self, settings: PersonalSettings) -> None:
        self._settings = settings
        self._resting_smile = RestingSmile()
        self._busy_s: float | None = None
        self._turned_s: float | None = None

    def why_not(
        self,
        signals: Signals,
        state: DriverState,
        driving: Driving,
        signs: Signs,
        *,
        parked: bool,
        mouth_resting: float | None,
    ) -> NotLearning | None:
        settings, t_s = self._settings, state.t_s
        self._resting_smile.step(t_s, signals.smile.value)
        if self._is_busy(signals, state, mouth_resting):
            self._busy_s = t_s
        if not self._looks_ahead(state):
            self._turned_s = t_s
        speed_kmh = driving.speed_kmh
        known = speed_kmh is not None and math.isfinite(speed_kmh)
        if parked or (known and abs(speed_kmh or 0.0) < settings.min_speed_kmh):
            return NotLearning.TOO_SLOW
        if state.closure.both.value is None:
            return NotLearning.EYES_UNAVAILABLE
        if signs is not Signs.NONE:
            return NotLearning.DROWSY_SIGNS
        if state.glance.off_road is True or state.lid_episode.lids is LidState.CAST_DOWN:
            return NotLearning.LOOKING_AWAY
        if self._turned_s is not None and t_s - self._turned_s < _SETTLES_S:
            return NotLearning.HEAD_TURNED
        if self._busy_s is not None and t_s - self._busy_s < _SETTLES_S:
            return NotLearning.FACE_BUSY
        return None

    def _is_busy(self, signals: Signals, state: DriverState, mouth_resting: float | None) -> bool:
        settings = self._settings
        mouth, smile = signals.mouth_openness.value, signals.smile.value
        resting = _TYPICAL_RESTING_MOUTH if mouth_resting is None else mouth_resting
        most_smile = settings.max_smile
        if self._resting_smile.value is not None:
            most_smile = max(
                most_smile, self._resting_smile.value + settings.max_smile_above_resting
            )
        return (
            state.yawn.in_progress
            or (mouth is not None and mouth > resting + settings.max_mouth_above_resting)
            or (smile is not None and smile > most_smile)
        )

    def _looks_ahead(self, state: DriverState) -> bool:
        """By the head, against the road; before the road is known nobody is held to look there."""
        yaw, pitch = state.head_yaw_rad.value, state.head_pitch_rad.value
        forward_yaw, forward_pitch = state.glance.forward_yaw_rad, state.glance.forward_pitch_rad
        if yaw is None or pitch is None or forward_yaw is None or forward_pitch is None:
            return False
        most_rad = math.radians(self._settings.max_head_deg)
        return math.hypot(yaw - forward_yaw, pitch - forward_pitch) <= most_rad
