"""Smooth courses of time: knots joined by minimum-jerk movements, and noise. In: times. Out: values at those times.

Only additions, multiplications and divisions, so one instant gives the same bits alone and among a million others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
Values = NDArray[np.float64]

_TABLE_LENGTH = 4096
# Standard deviation that is left of unit noise between knots: the root of the mean of w^2 + (1 - w)^2.
_STD_BETWEEN_KNOTS = 0.885


@dataclass(frozen=True, slots=True)
class Knot:
    """Where a movement is at `t_s`, standing still."""

    t_s: float
    value: float


def minimum_jerk(share: Values) -> Values:
    """Way done after `share` of a movement's time (Flash and Hogan 1985, eq. 3)."""
    way: Values = share * share * share * (share * (share * 6.0 - 15.0) + 10.0)
    return way


class Course:
    """Values over time from knots in order of time; before the first and after the last it stands still."""

    def __init__(self, t_s: Times, value: Values) -> None:
        self._t_s = t_s
        self._value = value

    @classmethod
    def through(cls, knots: Sequence[Knot]) -> Course:
        knots = list(knots) or [Knot(0.0, 0.0)]
        return cls(np.array([knot.t_s for knot in knots]), np.array([knot.value for knot in knots]))

    @classmethod
    def steps(cls, steps: Iterable[tuple[float, float]], *, ramp_s: float) -> Course:
        """From step to step (from_s, value), each reached `ramp_s` after it began, or when the next one begins."""
        steps = list(steps)
        knots = [Knot(steps[0][0], steps[0][1])]
        for place, (from_s, value) in enumerate(steps[1:], start=1):
            reached_s = from_s + ramp_s
            if place + 1 < len(steps):
                reached_s = min(reached_s, steps[place + 1][0])
            if from_s > knots[-1].t_s:
                knots.append(Knot(from_s, knots[-1].value))
            knots.append(Knot(reached_s, value))
        return cls.through(knots)

    def over(self, times: Times) -> Values:
        knots = self._t_s
        if len(knots) == 1:
            return np.full(len(times), self._value[0])
        before = np.searchsorted(knots, times, side="right") - 1
        before = np.minimum(np.maximum(before, 0), len(knots) - 2)
        start_s = knots[before]
        share = (times - start_s) / (knots[before + 1] - start_s)
        share = np.minimum(np.maximum(share, 0.0), 1.0)
        start = self._value[before]
        values: Values = start + (self._value[before + 1] - start) * minimum_jerk(share)
        return values


class Lanes:
    """Movements of one part, each from rest and back to rest; those that overlap in time keep lanes of their own."""

    def __init__(self, combine: Literal["largest", "sum"]) -> None:
        self._combine = combine
        self._movements: list[Sequence[Knot]] = []
        self._courses: list[Course] | None = None

    def add(self, knots: Sequence[Knot]) -> None:
        self._movements.append(knots)
        self._courses = None

    def over(self, times: Times) -> Values:
        if self._courses is None:
            self._courses = [Course.through(lane) for lane in self._in_lanes()]
        if not self._courses:
            return np.zeros(len(times))
        total = self._courses[0].over(times)
        for course in self._courses[1:]:
            values = course.over(times)
            total = np.maximum(total, values) if self._combine == "largest" else total + values
        return total

    def _in_lanes(self) -> list[list[Knot]]:
        lanes: list[list[Knot]] = []
        for knots in sorted(self._movements, key=lambda movement: movement[0].t_s):
            for lane in lanes:
                if lane[-1].t_s <= knots[0].t_s:
                    # Two knots at one instant would be a jump; both are at rest.
                    lane.extend(knots if lane[-1].t_s < knots[0].t_s else knots[1:])
                    break
            else:
                lanes.append(list(knots))
        return lanes


class SmoothNoise:
    """Signals of unit deviation with about as much in each octave (1/f): how bodies sway and seats shake."""

    def __init__(
        self, names: Sequence[str], rates_hz: Sequence[float], seed: Sequence[int]
    ) -> None:
        """names: of the signals, independent of each other. rates_hz: how often each part finds a new value."""
        self._names = tuple(names)
        self._rates_hz = np.array(rates_hz)[:, np.newaxis]
        self._octaves = np.arange(len(rates_hz))[:, np.newaxis]
        chance = np.random.default_rng(seed)
        self._tables = chance.standard_normal((len(names), len(rates_hz), _TABLE_LENGTH))
        self._tables /= _STD_BETWEEN_KNOTS * len(rates_hz) ** 0.5

    def over(self, times: Times) -> dict[str, Values]:
        place = times * self._rates_hz
        whole = np.floor(place)
        way = minimum_jerk(place - whole)
        at = whole.astype(np.int64) % _TABLE_LENGTH
        after = (at + 1) % _TABLE_LENGTH
        signals = {}
        for name, table in zip(self._names, self._tables, strict=True):
            start = table[self._octaves, at]
            parts = start + (table[self._octaves, after] - start) * way
            total = parts[0]
            for part in parts[1:]:
                total = total + part
            signals[name] = total
        return signals
