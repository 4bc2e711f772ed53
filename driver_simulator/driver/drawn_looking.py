"""Glances at mirrors and instruments, eyes that scan the road, and yawns, by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from driver_simulator.driver import mouth_movements
from driver_simulator.driver.body_claims import BodyClaims
from driver_simulator.driver.course import Course, Values
from driver_simulator.driver.driver_condition import DriverCondition
from driver_simulator.driver.gaze_shift import glance_s, shift_gaze
from driver_simulator.driver.gaze_targets import DriverSide, direction_of, target_of
from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.driver.person_traits import PersonTraits
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.statistics import (
    GlanceStatistics,
    attention_statistics,
    drowsiness_statistics,
)

_LOOKING = ("head", "gaze", "lids", "lids_still")
# A mouth that is busy does not yawn, nor does who hides it.
_YAWNING = ("mouth", "face", "hand", "head", "gaze", "lids", "lids_still")
_CLEAR_S = 0.1
_LONGEST_FIXATION = 5.0  # of the median
_SHORTEST_FIXATION_S = 0.06


class LookingDrawer:
    """Draws for a whole drive; claims head and gaze for what it draws."""

    def __init__(
        self,
        condition: DriverCondition,
        traits: PersonTraits,
        claims: BodyClaims,
        score: MovementScore,
        duration_s: float,
    ) -> None:
        self._drive_s = duration_s
        self._condition = condition
        self._traits = traits
        self._claims = claims
        self._score = score

    def draw_glances(self, driver_side: DriverSide, chance: np.random.Generator) -> list[float]:
        """Returns their onsets."""
        statistics = attention_statistics()
        rates = np.array([glance.rate_per_min for glance in statistics.glances])
        most_per_s = float(rates.sum()) * self._traits.glance_rate / 60
        kinds = rates.cumsum() / max(rates.sum(), 1e-9)
        onsets: list[float] = []
        t_s = 0.0
        while most_per_s > 0:
            t_s += statistics.least_between_s + float(
                chance.exponential(max(0.1, 1 / most_per_s - statistics.least_between_s))
            )
            if t_s >= self._drive_s:
                return onsets
            left = self._condition.drowsy(drowsiness_statistics().looking.glance_share, t_s)
            left *= self._condition.impaired("glance_share", t_s)
            keep, which = chance.random(2)
            glance = statistics.glances[int(np.searchsorted(kinds, which))]
            on_target_s = _lognormal(glance, chance)
            shape = self._glance(t_s, on_target_s, glance, driver_side) if keep < left else None
            if shape is not None:
                onsets.append(t_s)
                t_s = shape.end_s
        return onsets

    def _glance(
        self, t_s: float, on_target_s: float, glance: GlanceStatistics, driver_side: DriverSide
    ) -> Shape | None:
        """None where head and eyes are not free for it."""
        target = target_of(glance.target, driver_side)
        direction = direction_of(target, driver_side)
        head_share = min(1.0, max(0.0, glance.head_share + self._traits.head_share))
        factor = self._condition.impaired("saccade_factor", t_s)
        long_s = glance_s(on_target_s, direction, head_share=head_share, saccade_factor=factor)
        until_s = t_s + long_s
        free = self._claims.are_free(_LOOKING, t_s - _CLEAR_S, until_s + _CLEAR_S)
        if not free or until_s > self._drive_s:
            return None
        shape = shift_gaze(
            self._score, t_s, long_s, direction, head_share=head_share, saccade_factor=factor
        )
        self._claims.claim(("head", "gaze"), shape.onset_s, shape.end_s)
        self._score.tell(EventKind.GLANCE, shape, scripted=False, detail=target)
        return shape

    def draw_yawns(self, chance: np.random.Generator) -> None:
        """A thinned Poisson process, as of microsleeps."""
        drawn = drowsiness_statistics().yawn
        highest = max(drawn.rate_per_hour.value)
        most_per_s = highest * self._traits.yawn_rate / 3600
        t_s = 0.0
        while most_per_s > 0:
            t_s += float(chance.exponential(1 / most_per_s))
            if t_s >= self._drive_s:
                return
            keep = chance.random() < self._condition.drowsy(drawn.rate_per_hour, t_s) / highest
            yawn_s = float(chance.uniform(*drawn.duration_s))
            until_s = t_s + yawn_s
            free = until_s <= self._drive_s and self._claims.are_free(_YAWNING, t_s, until_s)
            if keep and free:
                shape = mouth_movements.yawn(self._score, t_s, yawn_s, self._traits.yawn_lids)
                self._claims.claim(("mouth", "face", "head", "gaze"), t_s, until_s)
                self._score.tell(EventKind.YAWN, shape, scripted=False)


@dataclass(frozen=True, slots=True)
class RoadScan:
    """Where the eyes rest about the point that is driven to, radians."""

    yaw: Course
    pitch: Course


def draw_road_scan(
    duration_s: float, condition: DriverCondition, chance: np.random.Generator
) -> RoadScan:
    """Fixations and the saccades between them, for the whole drive, state by state."""
    statistics = attention_statistics()
    looking = drowsiness_statistics().looking
    begins, points = [], []
    for from_s, until_s in condition.spans(duration_s):
        median_s = statistics.fixation_s * condition.drowsy(looking.fixation_factor, from_s)
        median_s *= condition.impaired("fixation_factor", from_s)
        # Enough for the whole span; what reaches beyond it is cut off.
        count = int(1.2 * (until_s - from_s) / median_s) + 10
        times = np.exp(statistics.fixation_spread * chance.standard_normal(count))
        times = median_s * np.minimum(times, _LONGEST_FIXATION) + _SHORTEST_FIXATION_S
        onsets = from_s + np.concatenate([[0.0], np.cumsum(times)[:-1]])
        wider = condition.impaired("scatter_factor", from_s)
        inside = onsets < until_s - _SHORTEST_FIXATION_S
        inside[0] = True
        begins.append(onsets[inside])
        points.append(wider * chance.standard_normal((2, count))[:, inside])
    begin_s = np.concatenate(begins)
    yaw_deg = np.concatenate([each[0] for each in points]) * statistics.scatter_yaw_deg
    pitch_deg = np.concatenate([each[1] for each in points]) * statistics.scatter_pitch_deg
    yaw_deg[0] = pitch_deg[0] = 0.0
    steps_deg = np.hypot(np.diff(yaw_deg), np.diff(pitch_deg))
    saccade_s = statistics.saccade_s + statistics.saccade_s_per_deg * steps_deg
    knots_s = _between(begin_s, begin_s + np.concatenate([[statistics.saccade_s], saccade_s]))
    return RoadScan(
        *(
            Course(knots_s, _between(np.concatenate([points[:1], points[:-1]]), points))
            for points in (np.radians(yaw_deg), np.radians(pitch_deg))
        )
    )


def _between(before: Values, after: Values) -> Values:
    """One before, one after, and so on: where a saccade begins and where it ends."""
    values = np.empty(2 * len(before))
    values[0::2], values[1::2] = before, after
    return values


def _lognormal(glance: GlanceStatistics, chance: np.random.Generator) -> float:
    """Mean and deviation of the glance's time itself, not of its logarithm (Taoka 1990 fits this distribution)."""
    statistics = attention_statistics()
    spread = math.sqrt(math.log(1 + (glance.std_s / glance.mean_s) ** 2))
    drawn_s = glance.mean_s * math.exp(
        spread * float(chance.standard_normal()) - spread * spread / 2
    )
    return min(max(drawn_s, statistics.shortest_glance_s), statistics.longest_glance_s)
