"""Head drops (nods): the head's direction and the lids in, heads that sank and were jerked up, or stayed down, out.

What tells a nod from a look at lap or cluster is its pace. There is no threshold on which the field agrees. Read: head
movements become more extreme and quicker as people get sleepy (van den Berg 2006, inclinometer, ten people); trained
raters take nodding for a sign of heavy drowsiness (Wierwille and Ellsworth 1994; Wiegand et al. 2009, recalled); a head
that is moved on purpose can turn by 31 degrees in a quarter of a second (12 people, 170 to 200 degrees a second,
"Gaze stabilizing function during active head rotations at high frequencies", abstract). A choice: a look down takes a
third to half of a second. Hence a drop must sink slower than a look, and come up quicker than it sank. Depths and
shares are a choice too: beyond what the road shakes, below the 20 degrees that are off the road.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

from edge_app.driver_state.level_crossing import Sample, first_rise_s, last_fall_s, last_rise_s
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import (
    ClosureKind,
    Glance,
    HeadDrop,
    HeadDropState,
    LidEpisode,
    LidState,
)

_SMOOTHED_OVER = 3  # frames: a pothole or a misread face is one
_LOW_SHARE, _HIGH_SHARE = 0.2, 0.8  # of the depth: between these the pace is taken
_DOWN_SHARE = 0.5  # of the depth: from here on the head is down


@dataclass(slots=True)
class _HeadSample(Sample):
    """`value`: radians below the usual pitch."""

    shut: bool | None  # lids; None while they cannot be seen
    aside: bool  # the head is turned to a side


class HeadDropEstimator:
    """Follows the head from where it leaves its usual pitch until it is back there.

    A drop that is jerked up counts when the head is back, one that stays down after `stays_s`. Where eyes are seen,
    lids must have been shut while the head was down; where they are not, it must sink slower, and deeper to count
    before it comes up. A mouth that is wide yawns or sings.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.head_drop
        self._wide_from = settings.yawn.wide_from
        self._max_gap_s = settings.max_gap_s
        self._leaves_rad = math.radians(settings.head_drop.leaves_deg)
        self._pitches_rad: deque[float] = deque(maxlen=_SMOOTHED_OVER)
        self._last: _HeadSample | None = None
        # Of the sinking that may be under way, what came before it first.
        self._course: list[_HeadSample] = []
        self._is_over = False  # counted, or no drop, and the head is not back yet
        self._ends_s: deque[float] = deque()

    def step(
        self,
        t_s: float,
        yaw: Signal,
        pitch: Signal,
        glance: Glance,
        lids: LidEpisode,
        mouth_openness: Signal,
    ) -> HeadDropState:
        """glance: of this frame; where the head usually points is the way ahead learned there."""
        sample = self._sample(t_s, yaw, pitch, glance, lids)
        if sample is None:
            completed = None
            if self._last is not None and t_s - self._last.t_s > self._max_gap_s:
                self._forget()
        else:
            wide = mouth_openness.value is not None and mouth_openness.value >= self._wide_from
            completed = self._follow(sample, wide)
        if completed is not None:
            self._ends_s.append(completed.end_s)
        while self._ends_s and self._ends_s[0] < t_s - self._settings.window_s:
            self._ends_s.popleft()
        sinks = not self._is_over and self._sank(self._course) is not None
        return HeadDropState(sinks, len(self._ends_s), completed)

    def _sample(
        self, t_s: float, yaw: Signal, pitch: Signal, glance: Glance, lids: LidEpisode
    ) -> _HeadSample | None:
        ahead_yaw_rad, ahead_pitch_rad = glance.forward_yaw_rad, glance.forward_pitch_rad
        if yaw.value is None or pitch.value is None:
            return None
        if ahead_yaw_rad is None or ahead_pitch_rad is None:
            return None
        if self._last is not None and t_s - self._last.t_s > self._max_gap_s:
            self._forget()
        self._pitches_rad.append(pitch.value)
        unseen = lids.lids is LidState.UNKNOWN
        return _HeadSample(
            t_s=t_s,
            value=ahead_pitch_rad - median(self._pitches_rad),
            shut=None if unseen else lids.kind is not ClosureKind.NONE and not lids.doubted,
            aside=abs(yaw.value - ahead_yaw_rad) > math.radians(self._settings.max_yaw_deg),
        )

    def _follow(self, sample: _HeadSample, wide: bool) -> HeadDrop | None:
        last, self._last = self._last, sample
        if sample.value <= self._leaves_rad:
            course, self._course = self._course, []
            was_over, self._is_over = self._is_over, False
            return None if was_over or not course else self._jerked_up([*course, sample])
        if self._is_over:
            return None
        if not self._course and last is not None:
            self._course = [last]
        self._course.append(sample)
        if wide or sample.t_s - self._course[0].t_s > self._settings.max_s:
            self._is_over = True
            self._course = []
            return None
        return self._stayed_down()

    def _jerked_up(self, course: list[_HeadSample]) -> HeadDrop | None:
        sank = self._sank(course)
        if sank is None:
            return None
        high_rad = _HIGH_SHARE * sank.depth_rad
        left_s = last_fall_s(course, high_rad)
        back_s = last_fall_s(course, self._leaves_rad)
        rise_s = (back_s - left_s) * sank.depth_rad / (high_rad - self._leaves_rad)
        if rise_s > self._settings.rise_share * sank.sink_s:
            return None
        return HeadDrop(sank.onset_s, back_s, sank.depth_rad)

    def _stayed_down(self) -> HeadDrop | None:
        course = self._course
        t_s = course[-1].t_s
        if t_s - course[0].t_s < self._settings.stays_s:
            return None
        sank = self._sank(course)
        if sank is None or t_s - sank.down_from_s < self._settings.stays_s:
            return None
        deep_rad = math.radians(self._settings.stays_depth_deg)
        if course[-1].value < _DOWN_SHARE * sank.depth_rad:
            return None
        if not sank.lids_seen_shut and sank.depth_rad < deep_rad:
            return None
        self._is_over = True
        self._course = []
        return HeadDrop(sank.onset_s, t_s, sank.depth_rad)

    def _sank(self, course: list[_HeadSample]) -> _Sinking | None:
        """None where it is too little, too quick, to a side, or the eyes are open."""
        settings = self._settings
        if len(course) < 2:
            return None
        depth_rad = max(sample.value for sample in course)
        if depth_rad < math.radians(settings.min_depth_deg):
            return None
        low_rad, high_rad = max(self._leaves_rad, _LOW_SHARE * depth_rad), _HIGH_SHARE * depth_rad
        down_from_s = first_rise_s(course, high_rad)
        sinking = [sample for sample in course if sample.t_s <= down_from_s]
        left_s = last_rise_s(course[: len(sinking) + 1], low_rad)
        sink_s = (down_from_s - left_s) * depth_rad / (high_rad - low_rad)
        down = [sample for sample in course if sample.value >= _DOWN_SHARE * depth_rad]
        if 2 * sum(sample.aside for sample in down) > len(down):
            return None
        seen = [sample.shut for sample in down if sample.shut is not None]
        lids_seen = 2 * len(seen) > len(down)
        if lids_seen and sum(seen) < settings.lids_shut_share * len(seen):
            return None
        if sink_s < (settings.min_sink_lids_shut_s if lids_seen else settings.min_sink_s):
            return None
        return _Sinking(course[0].t_s, down_from_s, sink_s, depth_rad, lids_seen)

    def _forget(self) -> None:
        self._pitches_rad.clear()
        self._last = None
        self._course = []
        self._is_over = False


@dataclass(frozen=True, slots=True)
class _Sinking:
    onset_s: float
    down_from_s: float
    sink_s: float  # for the whole depth, at the pace of the middle of the way
    depth_rad: float
    lids_seen_shut: bool
