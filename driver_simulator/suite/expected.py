"""What must be told, and by when at the latest, computed from the script's truth and the settings.

It knows what a driver does and which limits are set, and nothing of how signals become states. A deed that is clear of
a limit by a margin must be told; one that is near it may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from driver_simulator.suite.conditions import TOLD_WITHIN_S
from driver_simulator.suite.courses import Flags, TruthCourses, TruthSpan, spans
from edge_app.alerts.event import EventType
from edge_app.settings import VigilSettings

FULLY_CLOSED = 0.97  # closure at which nobody doubts that the lids are down
_ANGLE_MARGIN_DEG = 4.0
_TIME_MARGIN_S = 0.15  # a deed this close to a limit may be told or not
_EYES_LEAVE_DEG = 8.0  # of the line of sight against the way ahead
_LOW_GAZE_DEG = -12.0  # eyes cast down further may lower the lids enough to count
_DROWSY_FROM_KSS = 5.5  # from here on a drowsiness alert is no false one
_AFTERMATH_S = 3.0  # what a deed led to may come a little after its end
_EYES = (EventType.MICROSLEEP, EventType.SLEEP, EventType.UNRESPONSIVE)
_ALL = tuple(EventType)
_GLANCES = (EventType.OFF_ROAD_GLANCE, EventType.OFF_ROAD_SHARE)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One alert that must come."""

    type: EventType
    onset_s: float  # when the deed began
    earliest_s: float
    latest_s: float


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Alerts that may come within a span and are not false there."""

    types: frozenset[EventType]
    from_s: float
    until_s: float

    def holds(self, type: EventType, t_s: float) -> bool:
        return type in self.types and self.from_s <= t_s <= self.until_s


@dataclass(frozen=True, slots=True)
class Expected:
    must: tuple[Expectation, ...]
    may: tuple[Tolerance, ...]
    # Where the vehicle's state forbids alerts, whatever the driver does.
    never: tuple[Tolerance, ...] = ()
    # By when a view that is degraded all the time must have been told: so long the driver was there to be seen.
    announce_by_s: float | None = None

    def tolerates(self, type: EventType, t_s: float) -> bool:
        if any(one.holds(type, t_s) for one in self.never):
            return False
        return any(one.holds(type, t_s) for one in self.may)


class Oracle:
    """Truth and settings in, expectations out. `frame_s`: the longest usual time between two frames."""

    def __init__(self, settings: VigilSettings, *, frame_s: float) -> None:
        self._settings = settings
        self._state = settings.driver_state
        self._alerts = settings.alerts
        # A thing is seen to begin in the next frame, and to have lasted in the one after its time.
        lids = self._state.lids
        self._see_s = 2 * frame_s
        self._see_lids_s = self._see_s + lids.vote_s * (1 - lids.vote_share)

    def expect(self, truth: TruthCourses) -> Expected:
        parked = self._parked(truth)
        must = [
            one
            for part in (self._closed_eyes, self._glances, self._blindness)
            for one in part(truth)
            if not parked[int(np.searchsorted(truth.t_s, one.onset_s))]
        ]
        in_order = tuple(sorted(must, key=lambda one: one.latest_s))
        seen = ~(self._hidden(truth) | parked)
        enough = np.flatnonzero(np.cumsum(seen) * _step_s(truth) >= TOLD_WITHIN_S)
        return Expected(
            in_order,
            tuple(self._may(truth)),
            tuple(self._never(truth)),
            float(truth.t_s[enough[0]]) if len(enough) else None,
        )

    def _closed_eyes(self, truth: TruthCourses) -> Iterator[Expectation]:
        lids, ladder = self._state.lids, self._alerts.closed_eyes
        visible = ~self._hidden(truth)
        for span in spans((truth.closure >= lids.closed_from) & visible, truth.t_s):
            shut = np.flatnonzero(truth.closure[span.first : span.last + 1] >= FULLY_CLOSED)
            if not len(shut):
                continue
            shut_s = float(truth.t_s[span.first + int(shut[0])])
            open_s = float(truth.t_s[span.first + int(shut[-1])])
            for type, limit_s in (
                (EventType.MICROSLEEP, lids.microsleep_s),
                (EventType.SLEEP, lids.sleep_s),
                (EventType.UNRESPONSIVE, ladder.unresponsive_s),
            ):
                if open_s - shut_s >= limit_s + _TIME_MARGIN_S:
                    yield Expectation(
                        type,
                        span.from_s,
                        self._first_low(truth, span, lids.closed_until) + limit_s,
                        shut_s + limit_s + self._see_lids_s,
                    )
            alarm_s = shut_s + lids.sleep_s
            no_return_s = ladder.unresponsive_after_alarm_s
            asleep_s = open_s - shut_s
            slept = lids.sleep_s + _TIME_MARGIN_S <= asleep_s < ladder.unresponsive_s
            if slept and self._hides_until(truth, span) >= alarm_s + no_return_s + _TIME_MARGIN_S:
                yield Expectation(
                    EventType.UNRESPONSIVE,
                    span.from_s,
                    alarm_s + no_return_s - self._see_lids_s,
                    alarm_s + no_return_s + self._see_lids_s,
                )

    def _glances(self, truth: TruthCourses) -> Iterator[Expectation]:
        distraction, glance = self._alerts.distraction, self._state.glance
        counts = self._counts(truth, distraction.hold_below_kmh)
        surely = self._off_road(truth, _ANGLE_MARGIN_DEG) & counts
        perhaps = self._perhaps_away(truth) & counts
        begin_s = glance.learn_s  # the way ahead is learned first
        for span in spans(surely, truth.t_s, bridge_s=glance.return_s):
            limit_s = self._glance_limit_s(truth, span)
            if span.from_s < begin_s or limit_s is None:
                continue
            if span.length_s >= limit_s + _TIME_MARGIN_S + self._see_s:
                onset_s = _onset_within(perhaps, truth, span)
                yield Expectation(
                    EventType.OFF_ROAD_GLANCE,
                    onset_s,
                    onset_s + limit_s - self._see_s,
                    span.from_s + limit_s + self._see_s,
                )
        yield from self._shares(truth, surely, distraction.share_s, begin_s)

    def _shares(
        self, truth: TruthCourses, off_road: Flags, share_s: float, begin_s: float
    ) -> Iterator[Expectation]:
        window_s, armed = self._state.glance.window_s, True
        counted = off_road & (truth.t_s >= begin_s) & self._counts(truth, self._slow_kmh)
        step_s = _step_s(truth)
        summed = np.concatenate([[0.0], np.cumsum(counted) * step_s])
        back = max(1, round(window_s / step_s))
        in_window = summed[1:] - summed[np.maximum(0, np.arange(len(counted)) + 1 - back)]
        glances = spans(counted, truth.t_s)
        for place, t_s in enumerate(truth.t_s.tolist()):
            if in_window[place] <= self._alerts.distraction.share_clear_s:
                armed = True
            if armed and in_window[place] >= share_s + _TIME_MARGIN_S:
                armed = False
                parts = [one for one in glances if t_s - window_s <= one.from_s <= t_s]
                late_s = self._see_s * max(1, len(parts))
                onset_s = parts[0].from_s if parts else t_s
                yield Expectation(
                    EventType.OFF_ROAD_SHARE, onset_s, t_s - 2 * share_s, t_s + late_s
                )

    def _blindness(self, truth: TruthCourses) -> Iterator[Expectation]:
        """Within what the settings say, and in no case later than 10 s: told that it cannot see."""
        told = self._alerts.degraded
        # A short sight in between does not end the notice.
        for span in spans(self._hidden(truth), truth.t_s, bridge_s=told.clear_s - self._see_s):
            covered = bool(truth.lens_covered[span.first : span.last + 1].all())
            wait_s = told.told_after_s
            if span.length_s >= wait_s + _TIME_MARGIN_S + self._see_s:
                earliest_s = span.from_s + min(
                    told.camera_told_after_s if covered else wait_s, told.lost_eyes_told_after_s
                )
                yield Expectation(
                    EventType.DEGRADED, span.from_s, earliest_s, span.from_s + wait_s + self._see_s
                )

    def _may(self, truth: TruthCourses) -> Iterator[Tolerance]:
        lids, glance = self._state.lids, self._state.glance
        after_s = self._see_lids_s + _AFTERMATH_S
        low = truth.closure >= lids.cast_down_from
        for span in spans(low, truth.t_s, bridge_s=lids.vote_s):
            if span.length_s >= lids.microsleep_s - _TIME_MARGIN_S:
                yield Tolerance(
                    frozenset({*_EYES, *_GLANCES, EventType.DEGRADED}),
                    span.from_s,
                    span.until_s + after_s,
                )
                # A microsleep sets a floor under the level of drowsiness.
                window_s = self._state.drowsiness.window_s
                yield Tolerance(
                    frozenset({EventType.DROWSINESS}), span.from_s, span.until_s + window_s
                )
        margin_deg = -_ANGLE_MARGIN_DEG - glance.hysteresis_deg
        away = self._off_road(truth, margin_deg) | (truth.gaze_pitch_deg <= _LOW_GAZE_DEG) | low
        shortest_s = self._alerts.distraction.glance_fast_s - _TIME_MARGIN_S
        for span in spans(away, truth.t_s, bridge_s=glance.return_s):
            if span.length_s >= shortest_s - self._see_s:
                yield Tolerance(frozenset(_GLANCES), span.from_s, span.until_s + after_s)
        window = max(1, round(glance.window_s / _step_s(truth)))
        summed = np.convolve(away, np.ones(window))[: len(away)] * _step_s(truth)
        often = summed >= self._alerts.distraction.share_s - 2 * _TIME_MARGIN_S
        for span in spans(often, truth.t_s):
            yield Tolerance(
                frozenset({EventType.OFF_ROAD_SHARE}), span.from_s, span.until_s + after_s
            )
        for span in spans(self._hidden(truth), truth.t_s):
            # Hiding after an alarm is no return; hidden eyes that were shut are warned about.
            yield Tolerance(
                frozenset({EventType.DEGRADED, EventType.UNRESPONSIVE}),
                span.from_s,
                span.until_s + after_s,
            )
        for span in spans(truth.kss >= _DROWSY_FROM_KSS, truth.t_s):
            until_s = span.until_s + self._state.drowsiness.window_s
            yield Tolerance(frozenset({EventType.DROWSINESS}), span.from_s, until_s)

    def _never(self, truth: TruthCourses) -> Iterator[Tolerance]:
        """Parked: nothing. Too slow, or backwards: no glances. Slower than from which it advises: no drowsiness."""
        distraction, drowsiness = self._alerts.distraction, self._alerts.drowsiness
        for types, forbids in (
            (_ALL, self._parked(truth)),
            (_GLANCES, ~self._counts(truth, distraction.slow_kmh)),
            ((EventType.DROWSINESS,), truth.speed_kmh < drowsiness.min_speed_kmh),
        ):
            for span in spans(np.asarray(forbids), truth.t_s):
                yield Tolerance(frozenset(types), span.from_s, span.until_s - self._see_s)

    def _off_road(self, truth: TruthCourses, margin_deg: float) -> Flags:
        """Head beyond the limits, each wider by `margin_deg`; below the road they are the axes of an ellipse."""
        glance = self._state.glance
        turned = truth.yaw_deg / (glance.max_yaw_deg + margin_deg)
        down = np.maximum(0.0, -truth.pitch_deg / (glance.max_down_deg + margin_deg))
        up = truth.pitch_deg / (glance.max_up_deg + margin_deg)
        return np.asarray((np.hypot(turned, down) > 1) | (up > 1))

    def _perhaps_away(self, truth: TruthCourses) -> Flags:
        """The eyes have begun to leave the road, or lids are low: what surely is a glance may be seen from here on."""
        return np.asarray(
            (np.abs(truth.sight_yaw_deg) > _EYES_LEAVE_DEG)
            | (np.abs(truth.sight_pitch_deg) > _EYES_LEAVE_DEG)
            | (truth.closure >= self._state.lids.cast_down_from)
        )

    def _hidden(self, truth: TruthCourses) -> Flags:
        return truth.lens_covered | truth.out_of_view | truth.eyes_behind_hand

    def _parked(self, truth: TruthCourses) -> Flags:
        """With the ignition off, or standing for long, nothing is told: drivers sleep there, and should."""
        parking = self._alerts.parking
        parked = truth.ignition_off.copy()
        for span in spans(truth.speed_kmh <= parking.standing_kmh, truth.t_s):
            since_s = span.from_s + parking.parked_after_s + self._see_s
            parked |= (since_s <= truth.t_s) & (truth.t_s < span.until_s)
        return parked

    @property
    def _slow_kmh(self) -> float:
        return self._alerts.distraction.slow_kmh

    def _counts(self, truth: TruthCourses, least_kmh: float) -> Flags:
        """Looking away counts at this speed or above, and not backwards."""
        fast_enough = np.isnan(truth.speed_kmh) | (truth.speed_kmh >= least_kmh)
        return np.asarray(fast_enough & ~truth.reverse)

    def _glance_limit_s(self, truth: TruthCourses, span: TruthSpan) -> float | None:
        """None where the speed changes between the limits, or no limit holds."""
        distraction = self._alerts.distraction
        fast = self._counts(truth, distraction.fast_kmh)[span.first : span.last + 1]
        slow = self._counts(truth, distraction.slow_kmh)[span.first : span.last + 1]
        if fast.all():
            return distraction.glance_fast_s
        if slow.all() and not fast.any():
            return distraction.glance_slow_s
        return None

    def _hides_until(self, truth: TruthCourses, span: TruthSpan) -> float:
        """Until when eyes that were shut when they were last seen stay hidden; else the end of `span`."""
        hidden = self._hidden(truth)
        place = span.last
        while place + 1 < len(hidden) and hidden[place + 1]:
            place += 1
        return float(truth.t_s[place])

    def _first_low(self, truth: TruthCourses, span: TruthSpan, level: float) -> float:
        """When the lids passed `level` on their way down to `span`."""
        place = span.first
        while place > 0 and truth.closure[place - 1] >= level:
            place -= 1
        return float(truth.t_s[place]) - self._see_s


def _step_s(truth: TruthCourses) -> float:
    return float(truth.t_s[1] - truth.t_s[0])


def _onset_within(perhaps: Flags, truth: TruthCourses, span: TruthSpan) -> float:
    """When what surely is off the road in `span` may have begun to be."""
    place = span.first
    while place > 0 and perhaps[place - 1]:
        place -= 1
    return float(truth.t_s[place])
