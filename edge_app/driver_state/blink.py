"""Blinks with their phases: closure in, completed blinks and their statistics over a minute out."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import pairwise

from calibration.driver.alert_blinks import standardised
from calibration.driver.references import BlinkReference
from edge_app.driver_state.level_crossing import Sample, first_rise_s, last_fall_s
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Blink, BlinkStatistics

_OPEN_LEVEL_MEMORY_S = 2.0
_TRIGGER_SHARE = 0.3  # of the least amplitude: from here on a blink may be under way
_ONSET_SHARE = 0.2  # of the blink's own amplitude: where it is taken to begin and to end
_SHORTEST_S = 0.05


class BlinkEstimator:
    """Finds blinks and times their phases by interpolation between frames. Caffier et al. 2003.

    Below `min_frame_rate_hz` valid frames/s every statistic is unavailable: a blink would be two frames long.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.blink
        self._max_duration_s = settings.lids.microsleep_s
        self._closed_from = settings.lids.closed_from
        self._min_peak = settings.lids.cast_down_from
        self._max_gap_s = settings.max_gap_s
        self._open_level: float | None = None
        self._last: Sample | None = None
        # Of the blink that may be under way, the sample before it first.
        self._course: list[Sample] = []
        self._recent: deque[Blink] = deque()
        self._observed_from_s: float | None = None
        self._count = 0

    def step(
        self,
        t_s: float,
        closure: Signal,
        valid_frame_rate_hz: float,
        alert: BlinkReference | None = None,
    ) -> BlinkStatistics:
        """alert: this driver's own alert blinks, where they are known."""
        completed = self._follow(t_s, closure.value)
        if valid_frame_rate_hz < self._settings.min_frame_rate_hz:
            completed = None
        if completed is not None:
            self._recent.append(completed)
            self._count += 1
        while self._recent and self._recent[0].onset_s < t_s - self._settings.window_s:
            self._recent.popleft()
        statistics = self._statistics(t_s, closure, valid_frame_rate_hz, completed)
        if completed is None or alert is None:
            return statistics
        velocity = reopening_velocity_per_s(completed, self._settings.phase_share)
        deviations = standardised(alert, completed.amplitude, completed.duration_s, velocity)
        return replace(statistics, standardised=deviations)

    def _statistics(
        self, t_s: float, closure: Signal, valid_frame_rate_hz: float, completed: Blink | None
    ) -> BlinkStatistics:
        reason: Unavailable | None = None
        if valid_frame_rate_hz < self._settings.min_frame_rate_hz:
            reason = closure.unavailable or Unavailable.LOW_FRAME_RATE
        if reason is not None:
            missing = Signal.missing(reason)
            return BlinkStatistics(self._count, missing, missing, missing, completed)
        if self._observed_from_s is None:
            self._observed_from_s = t_s
        observed_s = min(self._settings.window_s, t_s - self._observed_from_s)
        if observed_s < self._settings.window_s / 4:
            rate = Signal.missing(Unavailable.NOT_CALIBRATED)
        else:
            rate = Signal.of(len(self._recent) * 60.0 / observed_s)
        if not self._recent:
            none_yet = Signal.missing(Unavailable.NOT_CALIBRATED)
            return BlinkStatistics(self._count, rate, none_yet, none_yet, completed)
        n = len(self._recent)
        return BlinkStatistics(
            count=self._count,
            rate_per_min=rate,
            mean_duration_s=Signal.of(sum(blink.duration_s for blink in self._recent) / n),
            mean_reopening_s=Signal.of(sum(blink.reopening_s for blink in self._recent) / n),
            completed=completed,
        )

    def _follow(self, t_s: float, closure: float | None) -> Blink | None:
        last = self._last
        if closure is None or (last is not None and t_s - last.t_s > self._max_gap_s):
            self._course.clear()
            self._last = None if closure is None else Sample(t_s, closure)
            return None
        sample = Sample(t_s, closure)
        self._last = sample
        if self._open_level is None or last is None:
            self._open_level = closure
            return None
        trigger_level = self._open_level + _TRIGGER_SHARE * self._settings.min_amplitude
        if not self._course:
            if closure <= trigger_level:
                share = min(1.0, (t_s - last.t_s) / _OPEN_LEVEL_MEMORY_S)
                self._open_level += (closure - self._open_level) * share
                return None
            self._course = [last, sample]
            return None
        too_long = t_s - self._course[0].t_s > self._max_duration_s
        if not too_long or closure <= trigger_level:
            # What is no blink any more is not kept, however long it lasts.
            self._course.append(sample)
        if too_long and closure < self._closed_from:
            # Not shut, and too long for a blink: the open lids have a new level.
            self._open_level += (closure - self._open_level) * min(
                1.0, (t_s - last.t_s) / _OPEN_LEVEL_MEMORY_S
            )
        if closure > trigger_level:
            return None
        course, self._course = self._course, []
        return self._measure(course, self._open_level)

    def _measure(self, course: list[Sample], open_level: float) -> Blink | None:
        peak = max(sample.value for sample in course)
        amplitude = peak - open_level
        if amplitude < self._settings.min_amplitude or peak < self._min_peak:
            return None
        if course[-1].t_s - course[0].t_s > self._max_duration_s:
            return None
        onset_level = open_level + _ONSET_SHARE * amplitude
        phase_level = open_level + self._settings.phase_share * amplitude
        onset_s = first_rise_s(course, onset_level)
        closed_s = first_rise_s(course, phase_level)
        reopening_s = last_fall_s(course, phase_level)
        end_s = last_fall_s(course, onset_level)
        velocity = max(
            (after.value - before.value) / (after.t_s - before.t_s)
            for before, after in pairwise(course)
            if after.t_s > before.t_s
        )
        if not onset_s <= closed_s <= reopening_s <= end_s or velocity <= 0.0:
            return None
        if end_s - onset_s < _SHORTEST_S:
            return None
        return Blink(
            onset_s=onset_s,
            closing_s=closed_s - onset_s,
            closed_s=reopening_s - closed_s,
            reopening_s=end_s - reopening_s,
            amplitude=amplitude,
            amplitude_velocity_ratio_s=amplitude / velocity,
        )


def reopening_velocity_per_s(blink: Blink, phase_share: float) -> float:
    """Closure units per second, from the closed phase's end to the blink's; 0 where the two cannot be told apart."""
    way = (phase_share - _ONSET_SHARE) * blink.amplitude
    return way / blink.reopening_s if blink.reopening_s > 0.0 else 0.0
