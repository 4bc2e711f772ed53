"""Lids that come down for longer than a blink: scripted and drawn closures, with a head that sinks meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.statistics import Range, drowsiness_statistics
from driver_simulator.scenario.behaviours import LongBlink, Microsleep, Sleep, Squint

MICROSLEEP_FROM_S, SLEEP_FROM_S = 1.0, 3.0
# Falling asleep for long is slower, and so is waking (choice).
_SLEEP_CLOSING_S, _SLEEP_REOPENING_S = (0.45, 0.90), (0.30, 0.55)
_LONG_BLINK_WAY_S = 0.20
_SQUINT_WAY_S = 0.25
_HEAD_RISES_S = 0.45
_LEAST_DROP_S = 0.6
_GENTLEST_DROP_S = 3.0


@dataclass(frozen=True, slots=True)
class Closure:
    """Lids that touch, or reach `depth`, and a head that sinks by `head_drop_deg`."""

    shape: Shape
    depth: float = 1.0
    head_drop_deg: float = 0.0

    @property
    def end_s(self) -> float:
        """When lids and head are back."""
        rises = self.shape.full_until_s + _HEAD_RISES_S if self.head_drop_deg > 0 else 0.0
        return max(self.shape.end_s, rises)


def scripted_closure(
    behaviour: Microsleep | Sleep | LongBlink | Squint, chance: np.random.Generator
) -> Closure:
    """Microsleep and sleep begin with the way down and then touch for `duration_s`; the others include their ways."""
    from_s, duration_s = behaviour.from_s, behaviour.duration_s
    if isinstance(behaviour, (LongBlink, Squint)):
        way_s = _LONG_BLINK_WAY_S if isinstance(behaviour, LongBlink) else _SQUINT_WAY_S
        shape = Shape.within(from_s, duration_s, way_s, 1.2 * way_s)
        return Closure(shape, behaviour.depth)
    drawn = drowsiness_statistics().microsleep
    asleep = isinstance(behaviour, Sleep)
    shape = touching(
        from_s,
        duration_s,
        closing_s=_SLEEP_CLOSING_S if asleep else drawn.closing_s,
        reopening_s=_SLEEP_REOPENING_S if asleep else drawn.reopening_s,
        chance=chance,
    )
    return Closure(shape, 1.0, behaviour.head_drop_deg)


def touching(
    from_s: float,
    shut_s: float,
    *,
    closing_s: Range,
    reopening_s: Range,
    chance: np.random.Generator,
) -> Shape:
    full_from_s = from_s + float(chance.uniform(*closing_s))
    full_until_s = full_from_s + shut_s
    return Shape(
        from_s, full_from_s, full_until_s, full_until_s + float(chance.uniform(*reopening_s))
    )


def perform_closure(score: MovementScore, closure: Closure, *, scripted: bool) -> None:
    shape = closure.shape
    score.hold("lids_shut", shape, closure.depth)
    if closure.head_drop_deg > 0:
        shut_s = shape.full_until_s - shape.full_from_s
        sinks_s = min(_GENTLEST_DROP_S, max(_LEAST_DROP_S, 0.8 * shut_s))
        drop = Shape(
            shape.full_from_s,
            min(shape.full_from_s + sinks_s, shape.full_until_s),
            shape.full_until_s,
            shape.full_until_s + _HEAD_RISES_S,
        )
        angle_rad = -math.radians(closure.head_drop_deg)
        score.hold("head_pitch", drop, angle_rad)
        score.hold("gaze_pitch", drop, angle_rad)
        score.tell(EventKind.NOD, drop, scripted=scripted, size=closure.head_drop_deg)
    score.tell(closure_kind(closure), shape, scripted=scripted, size=closure.depth)


def closure_kind(closure: Closure) -> EventKind:
    shut_s = closure.shape.full_until_s - closure.shape.full_from_s
    if closure.depth < 1.0:
        return EventKind.HALF_BLINK
    if shut_s >= SLEEP_FROM_S - 1e-9:
        return EventKind.SLEEP
    if shut_s >= MICROSLEEP_FROM_S - 1e-9:
        return EventKind.MICROSLEEP
    return EventKind.LONG_CLOSURE
