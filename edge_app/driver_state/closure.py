"""Openness of each eye against this driver's references: how far the lids are down."""

from __future__ import annotations

import math

from edge_app.driver_state.settings import EyeReferences, LidSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Closure

# Beyond 1 a closure is deeper than the reference; the depth matters to the lid episode, so it is not cut at 1.
_MAX_CLOSURE = 1.3
_MIN_STD, _MAX_STD = 1e-3, 1e3
_TURNED_AWAY_STD = 0.2
"""Of the openness of an eye that is turned out of sight: the other one is seen from aside then."""


class ClosureEstimator:
    """Closure per eye and combined, each eye weighted by the certainty of its reading."""

    def __init__(self, settings: LidSettings) -> None:
        self._settings = settings

    def step(self, left_openness: Signal, right_openness: Signal) -> Closure:
        left = _closure(left_openness, self._settings.left)
        right = _closure(right_openness, self._settings.right)
        return Closure(left, right, _combine(left, right))


def mean_openness_std(left: Signal, right: Signal) -> float:
    """Mean standard deviation of the openness of the eyes that are read, 0..1; NaN where none is.

    An eye that the head has turned out of sight counts as one of which hardly anything is known, since lids seen far
    from aside are hard to read; one that is covered or blinded by glare says nothing of the other.
    """
    stds = [eye.std or 0.0 for eye in (left, right) if eye.value is not None]
    if not stds:
        return math.nan
    if Unavailable.OUT_OF_POSE in (left.unavailable, right.unavailable):
        stds.append(_TURNED_AWAY_STD)
    return sum(stds) / len(stds)


def _closure(openness: Signal, references: EyeReferences) -> Signal:
    if openness.value is None:
        return openness
    opening = references.open - references.closed
    closure = (references.open - openness.value) / opening
    std = (openness.std or 0.0) / opening
    return Signal.of(max(0.0, min(_MAX_CLOSURE, closure)), max(0.0, min(_MAX_STD, std)))


def _combine(left: Signal, right: Signal) -> Signal:
    if left.value is None and right.value is None:
        return Signal.missing(left.unavailable or right.unavailable or Unavailable.UNCERTAIN)
    if left.value is None:
        return right
    if right.value is None:
        return left
    left_weight = 1.0 / max(left.std or 0.0, _MIN_STD) ** 2
    right_weight = 1.0 / max(right.std or 0.0, _MIN_STD) ** 2
    total = left_weight + right_weight
    value = (left.value * left_weight + right.value * right_weight) / total
    return Signal.of(value, float((1.0 / total) ** 0.5))
