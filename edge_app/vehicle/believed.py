"""Values of the vehicle, believed only while they are fresh and possible. Times come in as arguments.

A number that leaves what is physically possible, or moves faster than it can, is unknown at once. The new level is
believed when it has gone on for a second by itself; a single wrong number therefore costs no more than itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_SETTLES_S = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a quantity can be, and how fast it can change."""

    least: float
    most: float
    most_per_s: float
    slack: float  # rounding and late arrival: what a sample may lie beside the truth


# Tyres hold about 1 to 1.2 g on a dry road, and UN Regulation 13-H asks brakes for 6.43 m/s² (both recalled): 15 m/s²
# is beyond both. A crash is faster, and its speed is doubted for a second. 3 m/s is what a sample 0.3 s late is off in
# full braking.
SPEED_KMH = Limits(-100.0, 400.0, 15.0 * 3.6, 3.0 * 3.6)
# Three turns to each side are a lorry's. Twice the 21 rad/s at which the steering machine of FMVSS 126 (49 CFR
# 571.126: a sine of 0.7 Hz and 270 degrees, recalled) turns a wheel.
STEERING_WHEEL_RAD = Limits(-6.0 * math.pi, 6.0 * math.pi, 42.0, 2.0)


class _Course:
    """Whether one curve that obeys the limits can have passed near all numbers so far."""

    def __init__(self, limits: Limits, t_s: float, value: float) -> None:
        self._limits = limits
        self._lowest = value - limits.slack
        self._highest = value + limits.slack
        self.since_s = self.t_s = t_s

    def goes_on(self, t_s: float, value: float) -> bool:
        reach = self._limits.most_per_s * max(0.0, t_s - self.t_s)
        lowest, highest = self._lowest - reach, self._highest + reach
        if not lowest <= value <= highest:
            return False
        self._lowest = max(lowest, value - self._limits.slack)
        self._highest = min(highest, value + self._limits.slack)
        self.t_s = t_s
        return True


class BelievedNumber:
    """One quantity of the vehicle."""

    def __init__(self, limits: Limits, stale_after_s: float) -> None:
        self._limits = limits
        self._stale_after_s = stale_after_s
        self.forget()

    def forget(self) -> None:
        self._value: float | None = None
        self._t_s = -math.inf
        self._believed: _Course | None = None
        self._doubted: _Course | None = None

    def take(self, t_s: float, value: float | None) -> None:
        """None: the vehicle itself says that it does not know."""
        self._t_s = t_s
        self._value = value if value is not None and self._is_possible(t_s, value) else None

    def at(self, t_s: float) -> float | None:
        return self._value if t_s - self._t_s <= self._stale_after_s else None

    def _is_possible(self, t_s: float, value: float) -> bool:
        if not self._limits.least <= value <= self._limits.most:  # NaN is neither
            return False
        if self._too_old(self._believed, t_s):
            self._believed = _Course(self._limits, t_s, value)
            return True
        assert self._believed is not None
        if self._believed.goes_on(t_s, value):
            self._doubted = None
            return True
        if (
            self._too_old(self._doubted, t_s)
            or self._doubted is None
            or not self._doubted.goes_on(t_s, value)
        ):
            self._doubted = _Course(self._limits, t_s, value)
            return False
        if t_s - self._doubted.since_s < _SETTLES_S:
            return False
        self._believed, self._doubted = self._doubted, None
        return True

    def _too_old(self, course: _Course | None, t_s: float) -> bool:
        """After a silence anything may be true: there is nothing to hold it against."""
        return course is None or t_s - course.t_s > max(self._stale_after_s, _SETTLES_S)


class BelievedSwitch:
    """One yes or no of the vehicle."""

    def __init__(self, stale_after_s: float) -> None:
        self._stale_after_s = stale_after_s
        self.forget()

    def forget(self) -> None:
        self._value: bool | None = None
        self._t_s = -math.inf

    def take(self, t_s: float, value: bool | None) -> None:
        """None: the vehicle itself says that it does not know."""
        self._value, self._t_s = value, t_s

    def at(self, t_s: float) -> bool | None:
        return self._value if t_s - self._t_s <= self._stale_after_s else None
