"""What the line of sight tells of impairment: how much of it rests on the road's centre, and how it wanders there.

In: head and gaze of every frame. Out: readings, once asked for. Where gaze is not offered, the head's direction.
"""

from __future__ import annotations

import math

from edge_app.driver_state.fading_histogram import FadingHistogram
from edge_app.driver_state.impairment_cue import Cue, CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.usual_level import UsualLevel

_CENTRE_MEMORY_S, _SETTLE_S = 90.0, 20.0
_FIND_EVERY_S = 1.0
_FIXATIONS_S = 0.7  # mean over so long: single fixations are gone, drift stays
_SURE_STD_RAD = math.radians(6.0)
_MEDIAN_TO_STD = 1.4826
_LOW, _HIGH = math.log(0.1), math.log(20.0)  # degrees


class RoadCentre:
    """Where the line of sight usually is: medians, which looks to one side hardly move."""

    def __init__(self, settings: ImpairmentSettings, max_gap_s: float) -> None:
        self._reach_rad = math.radians(settings.road_centre_deg)
        self._yaw_deg = FadingHistogram(-90.0, 90.0, 180, _CENTRE_MEMORY_S)
        self._pitch_deg = FadingHistogram(-60.0, 60.0, 120, _CENTRE_MEMORY_S)
        self._centre_rad: tuple[float, float] | None = None
        self._found_s = 0.0
        self.share = UsualLevel(settings.memory_s, max_gap_s)  # within the circle
        self.covered_s = 0.0

    def step(
        self, t_s: float, passed_s: float, yaw_rad: float, pitch_rad: float
    ) -> tuple[float, float] | None:
        """How far from the centre it points; None until that has settled."""
        self._yaw_deg.step(math.degrees(yaw_rad), passed_s)
        self._pitch_deg.step(math.degrees(pitch_rad), passed_s)
        if self._yaw_deg.seen_s < _SETTLE_S:
            return None
        if self._centre_rad is None or t_s - self._found_s >= _FIND_EVERY_S:
            self._found_s = t_s
            yaw_deg, pitch_deg = self._yaw_deg.quantile(0.5), self._pitch_deg.quantile(0.5)
            self._centre_rad = (math.radians(yaw_deg or 0.0), math.radians(pitch_deg or 0.0))
        off = yaw_rad - self._centre_rad[0], pitch_rad - self._centre_rad[1]
        self.share.step(t_s, float(math.hypot(*off) <= self._reach_rad))
        self.covered_s += passed_s
        return off


class GazeCues:
    def __init__(self, settings: ImpairmentSettings, max_gap_s: float) -> None:
        self._settings = settings
        self._sight = RoadCentre(settings, max_gap_s)
        self._head = RoadCentre(settings, max_gap_s)
        self._reach_rad = math.radians(settings.road_centre_deg)
        self._slow_yaw_rad: float | None = None
        self._slow_pitch_rad = 0.0
        self._rests_yaw_rad = UsualLevel(_CENTRE_MEMORY_S, max_gap_s)
        self._rests_pitch_rad = UsualLevel(_CENTRE_MEMORY_S, max_gap_s)
        self._wander = FadingHistogram(_LOW, _HIGH, 60, settings.memory_s)
        self._well_seen_s = 0.0
        self._seen_s = 0.0
        self._timed_s = 0.0
        self._reason = Unavailable.NOT_CALIBRATED
        self._head_reason = Unavailable.NOT_CALIBRATED

    def step(
        self,
        t_s: float,
        passed_s: float,
        head: tuple[Signal, Signal],
        gaze: tuple[Signal, Signal],
        *,
        can_time: bool,
        behind_glasses: bool,
    ) -> None:
        """head, gaze: yaw and pitch; gaze is relative to the head."""
        head_yaw, head_pitch = head[0].value, head[1].value
        if head_yaw is None or head_pitch is None:
            self._head_reason = head[0].unavailable or head[1].unavailable or Unavailable.UNCERTAIN
            self._reason = self._head_reason
            self._slow_yaw_rad = None
            return
        self._head.step(t_s, passed_s, head_yaw, head_pitch)
        gaze_yaw, gaze_pitch = gaze[0].value, gaze[1].value
        if gaze_yaw is None or gaze_pitch is None:
            self._reason = gaze[0].unavailable or gaze[1].unavailable or Unavailable.UNCERTAIN
            self._slow_yaw_rad = None
            return
        self._seen_s += passed_s
        std_rad = max(gaze[0].std or 0.0, gaze[1].std or 0.0, 1e-3)
        sure = min(1.0, _SURE_STD_RAD / std_rad) * (0.75 if behind_glasses else 1.0)
        self._well_seen_s += passed_s * sure
        if can_time:
            self._timed_s += passed_s
        off = self._sight.step(t_s, passed_s, head_yaw + gaze_yaw, head_pitch + gaze_pitch)
        if off is not None:
            self._follow_wander(t_s, off, passed_s)

    def _follow_wander(self, t_s: float, off: tuple[float, float], passed_s: float) -> None:
        """Looks away from the centre are no wander: it goes on from where they end."""
        if math.hypot(*off) > self._reach_rad:
            return
        if self._slow_yaw_rad is None:
            self._slow_yaw_rad, self._slow_pitch_rad = off
            return
        share = min(1.0, passed_s / _FIXATIONS_S)
        self._slow_yaw_rad += share * (off[0] - self._slow_yaw_rad)
        self._slow_pitch_rad += share * (off[1] - self._slow_pitch_rad)
        self._rests_yaw_rad.step(t_s, self._slow_yaw_rad)
        self._rests_pitch_rad.step(t_s, self._slow_pitch_rad)
        yaw_rad = abs(self._slow_yaw_rad - self._rests_yaw_rad.level)
        pitch_rad = abs(self._slow_pitch_rad - self._rests_pitch_rad.level)
        deg = _MEDIAN_TO_STD * math.degrees((yaw_rad + pitch_rad) / 2)
        self._wander.step(math.log(max(deg, 0.1)), passed_s)

    def readings(self) -> dict[Cue, CueReading]:
        settings = self._settings
        sure = self._well_seen_s / self._seen_s if self._seen_s > 0.0 else 0.0
        told = {
            Cue.ROAD_CENTRE: CueReading.missing(self._reason),
            Cue.HEAD_ON_ROAD: CueReading.missing(self._head_reason),
            Cue.GAZE_DRIFT: CueReading.missing(self._reason),
        }
        if self._sight.covered_s > 0.0:
            coverage = min(1.0, self._sight.covered_s / settings.min_observed_s) * sure
            told[Cue.ROAD_CENTRE] = CueReading.of(self._sight.share.level, coverage)
        elif self._head.covered_s > 0.0:
            coverage = self._head.covered_s / settings.min_observed_s
            told[Cue.HEAD_ON_ROAD] = CueReading.of(self._head.share.level, coverage)
        middle = self._wander.quantile(0.5)
        if middle is not None and self._timed_s > 0.0:
            timed = self._timed_s / self._seen_s
            coverage = min(1.0, self._wander.seen_s / settings.min_observed_s) * sure * timed
            told[Cue.GAZE_DRIFT] = CueReading.of(middle, coverage)
        elif self._seen_s > 0.0 and self._timed_s == 0.0:
            told[Cue.GAZE_DRIFT] = CueReading.missing(Unavailable.LOW_FRAME_RATE)
        return told
