"""Microsleeps, long closures and blinks by chance, as sleepy and as impaired as the driver is at each instant."""

from __future__ import annotations

import math

import numpy as np

from driver_simulator.driver.body_claims import BodyClaims
from driver_simulator.driver.driver_condition import DriverCondition
from driver_simulator.driver.lid_closures import Closure, perform_closure, touching
from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.driver.person_traits import PersonTraits
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.statistics import Range, drowsiness_statistics

# Lids rest at least so long around a blink, and so long around what is no blink: else two would make one.
_CLEAR_S, _CLEAR_OF_CLOSURE_S = 0.08, 0.8


class ClosureDrawer:
    """Draws for a whole drive; claims the lids for what it draws."""

    def __init__(
        self,
        condition: DriverCondition,
        traits: PersonTraits,
        claims: BodyClaims,
        score: MovementScore,
        duration_s: float,
    ) -> None:
        self._drive_s = duration_s
        self._statistics = drowsiness_statistics()
        self._condition = condition
        self._traits = traits
        self._claims = claims
        self._score = score

    def draw_microsleeps(self, chance: np.random.Generator) -> None:
        """A Poisson process whose rate follows the sleepiness (thinned; Lewis and Shedler 1979)."""
        drawn = self._statistics.microsleep
        most_per_s = max(drawn.rate_per_hour.value) * self._traits.microsleep_rate / 3600
        t_s = 0.0
        while most_per_s > 0:
            t_s += float(chance.exponential(1 / most_per_s))
            if t_s >= self._drive_s:
                return
            kss = self._condition.kss_at(t_s)
            keep, deep = chance.random(2)
            shut_s = drawn.shut_median_s * math.exp(drawn.shut_spread * chance.standard_normal())
            shape = touching(
                t_s,
                min(max(shut_s, drawn.shut_s[0]), drawn.shut_s[1]),
                closing_s=drawn.closing_s,
                reopening_s=drawn.reopening_s,
                chance=chance,
            )
            drop_deg = _between(drawn.nod_deg, chance) if deep < drawn.nod_share.at(kss) else 0.0
            if keep < drawn.rate_per_hour.at(kss) / max(drawn.rate_per_hour.value):
                self._perform(Closure(shape, 1.0, drop_deg))

    def draw_blinks(
        self,
        chance: np.random.Generator,
        *,
        with_glances_s: list[float],
        talking: list[tuple[float, float]],
        reading: list[tuple[float, float]],
    ) -> None:
        """with_glances_s: onsets of glances, some of which bring a blink along. talking, reading: spans of both."""
        blink = self._statistics.blink
        glances = [t_s for t_s in with_glances_s if chance.random() < blink.with_glance_share]
        t_s = self._interval_s(0.0, chance, talking, reading)
        while t_s < self._drive_s:
            while glances and glances[0] < t_s - 0.5:
                glances.pop(0)
            if glances and glances[0] < t_s:
                t_s = glances.pop(0)
            busy_until_s = self._claims.busy_until_s("lids_still", t_s)
            if busy_until_s is not None:
                t_s = busy_until_s + _CLEAR_S + float(chance.exponential(0.5))
                continue
            end_s = self._draw_one(t_s, chance)
            t_s = end_s + self._interval_s(end_s, chance, talking, reading)

    def _interval_s(
        self,
        t_s: float,
        chance: np.random.Generator,
        talking: list[tuple[float, float]],
        reading: list[tuple[float, float]],
    ) -> float:
        blink = self._statistics.blink
        rate_per_s = self._condition.drowsy(blink.rate_per_min, t_s) * self._traits.blink_rate / 60
        if _within(talking, t_s):
            rate_per_s *= blink.talking_factor
        if _within(reading, t_s):
            rate_per_s *= blink.reading_factor
        duration_s = self._condition.drowsy(blink.duration_s, t_s) * self._traits.blink_duration
        free_s = max(0.1, 1 / rate_per_s - duration_s - blink.shortest_interval_s)
        shape = blink.interval_shape
        return blink.shortest_interval_s + free_s * float(chance.gamma(shape)) / shape

    def _draw_one(self, t_s: float, chance: np.random.Generator) -> float:
        condition, long = self._condition, self._statistics.long_closure
        share = condition.drowsy(long.share, t_s) + condition.impaired("long_closure_share", t_s)
        if chance.random() < share:
            shape = touching(
                t_s,
                _between(long.shut_s, chance),
                closing_s=long.closing_s,
                reopening_s=long.reopening_s,
                chance=chance,
            )
            nods = chance.random() < condition.drowsy(long.nod_share, t_s)
            drop_deg = _between(long.nod_deg, chance) if nods else 0.0
            return self._perform(Closure(shape, 1.0, drop_deg))
        return self._blink(t_s, chance)

    def _blink(self, t_s: float, chance: np.random.Generator) -> float:
        blink, condition = self._statistics.blink, self._condition
        typical_s = condition.drowsy(blink.duration_s, t_s) * self._traits.blink_duration
        typical_s *= condition.impaired("blink_duration_factor", t_s)
        spread = math.exp(blink.duration_spread * float(chance.standard_normal()))
        duration_s = max(blink.shortest_s, typical_s * spread)
        closing_s = duration_s * condition.drowsy(blink.closing_share, t_s)
        closed_s = duration_s * condition.drowsy(blink.closed_share, t_s)
        half = chance.random() < condition.drowsy(blink.incomplete_share, t_s)
        depth = _between(blink.incomplete_depth if half else blink.complete_depth, chance)
        shape = Shape(t_s, t_s + closing_s, t_s + closing_s + closed_s, t_s + duration_s)
        if self._is_clear(("lids_still",), shape.onset_s, shape.end_s, _CLEAR_S):
            self._score.hold("blink", shape, depth)
            self._score.tell(EventKind.BLINK, shape, scripted=False, size=depth)
        return shape.end_s

    def _perform(self, closure: Closure) -> float:
        shape = closure.shape
        parts = ("lids_still", "head", "gaze") if closure.head_drop_deg > 0 else ("lids_still",)
        if self._is_clear(parts, shape.onset_s, closure.end_s, _CLEAR_OF_CLOSURE_S):
            perform_closure(self._score, closure, scripted=False)
            self._claims.claim(parts, shape.onset_s, closure.end_s)
        return shape.end_s

    def _is_clear(
        self, parts: tuple[str, ...], from_s: float, until_s: float, clear_s: float
    ) -> bool:
        free = self._claims.are_free(parts, from_s - clear_s, until_s + clear_s)
        return free and until_s <= self._drive_s


def _between(bounds: Range, chance: np.random.Generator) -> float:
    return float(chance.uniform(*bounds))


def _within(spans: list[tuple[float, float]], t_s: float) -> bool:
    return any(start <= t_s < end for start, end in spans)
