"""Openness of each eye against this driver's references: how far the lids are down."""

from __future__ import annotations

import math
from dataclasses import replace

from calibration.driver.references import DriverReferences, EyeReference
from edge_app.driver_state.scale_change import ScaleChange
from edge_app.driver_state.settings import EyeReferences, LidSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Closure

# Beyond 1 a closure is deeper than the reference; the depth matters to the lid episode, so it is not cut at 1.
_MAX_CLOSURE = 1.3
_MIN_STD, _MAX_STD = 1e-3, 1e3


class ClosureEstimator:
    """Closure per eye and combined, each eye weighted by the certainty of its reading."""

    def __init__(self, settings: LidSettings) -> None:
        self._settings = settings
        self._open, self._opening = 0.0, 0.0  # mean of both eyes; no opening before the first frame
        self.change: ScaleChange | None = None  # of this frame; None where references did not move

    def step(
        self,
        left_openness: Signal,
        right_openness: Signal,
        learned: DriverReferences | None = None,
    ) -> Closure:
        """learned: of this driver; those of a typical one without."""
        references = owned(learned or DriverReferences(), self._settings)
        self._note_change(references)
        left = closure_of(left_openness, references.left)
        right = closure_of(right_openness, references.right)
        return Closure(left, right, combined(left, right))

    def _note_change(self, references: DriverReferences) -> None:
        left, right = references.left, references.right
        opened = (left.open + right.open) / 2
        opening = opened - (left.closed + right.closed) / 2
        moved = self._opening > 0.0 and (opened != self._open or opening != self._opening)
        self.change = (
            ScaleChange((opened - self._open) / opening, self._opening / opening) if moved else None
        )
        self._open, self._opening = opened, opening


def owned(learned: DriverReferences, settings: LidSettings) -> DriverReferences:
    """The owner's word goes before what is learned."""
    if settings.left is None and settings.right is None:
        return learned
    return replace(
        learned,
        left=_set(settings.left) or learned.left,
        right=_set(settings.right) or learned.right,
    )


def openness_std_of_both(left: Signal, right: Signal) -> float:
    """Standard deviation of the openness of both eyes, 0..1: of an eye that is read as surely as the two of them.

    The surer eye weighs more (mean of the precisions). An eye that the head has turned out of sight counts with a
    precision of 0, since lids seen far from aside are hard to read; one that is covered, or blinded by glare, says
    nothing of the other. NaN where no eye is read.
    """
    seen = [eye for eye in (left, right) if eye.value is not None]
    if not seen:
        return math.nan
    counted = len(seen) + [left.unavailable, right.unavailable].count(Unavailable.OUT_OF_POSE)
    precision = sum(1.0 / max(_MIN_STD, min(_MAX_STD, eye.std or 0.0)) ** 2 for eye in seen)
    return math.sqrt(counted / precision)


def _set(eye: EyeReferences | None) -> EyeReference | None:
    return None if eye is None else EyeReference(open=eye.open, closed=eye.closed)


def closure_of(openness: Signal, reference: EyeReference) -> Signal:
    """0 at the reference's open eye, 1 at its shut one."""
    if openness.value is None:
        return openness
    opening = reference.open - reference.closed
    closure = (reference.open - openness.value) / opening
    std = (openness.std or 0.0) / opening
    return Signal.of(max(0.0, min(_MAX_CLOSURE, closure)), max(0.0, min(_MAX_STD, std)))


def combined(left: Signal, right: Signal) -> Signal:
    """Of both eyes, or of the one that is seen."""
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
