"""What a scripted blink is, measured on the script's own courses as `BlinkEstimator` defines a blink's phases.

In: a performance. Out: its blinks, to the millisecond and without any noise; nothing of an estimator in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent

Values = NDArray[np.float64]

BLINKS = (EventKind.BLINK, EventKind.LONG_CLOSURE)
FEATURES = ("duration_s", "amplitude", "closing_s", "closed_s", "reopening_s", "reopening_velocity")
_STEP_S = 0.001
_MARGIN_S = 0.05
_ONSET_SHARE, _PHASE_SHARE = (
    0.2,
    0.8,
)  # of the amplitude; Caffier et al. 2003 by way of the settings


@dataclass(frozen=True, slots=True)
class BlinkShape:
    """Times in seconds, amplitude in closure, velocity in closure per second."""

    onset_s: float
    end_s: float
    closing_s: float
    closed_s: float
    reopening_s: float
    amplitude: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.onset_s

    @property
    def reopening_velocity(self) -> float:
        way = (_PHASE_SHARE - _ONSET_SHARE) * self.amplitude
        return way / self.reopening_s if self.reopening_s > 0 else 0.0


def scripted_blinks(performance: Performance) -> Iterator[BlinkShape]:
    """Of both eyes' mean, in order of time."""
    for event in performance.events:
        if event.kind in BLINKS:
            shape = _shape(performance, event)
            if shape is not None:
                yield shape


def _shape(performance: Performance, event: ScriptedEvent) -> BlinkShape | None:
    times = np.arange(event.onset_s - _MARGIN_S, event.end_s + _MARGIN_S, _STEP_S)
    courses = performance.courses(times)
    closure: Values = 0.5 * (courses.closure_left + courses.closure_right)
    open_level, peak = float(closure[0]), float(closure.max())
    amplitude = peak - open_level
    if amplitude <= 0.0:
        return None
    above = np.flatnonzero(closure >= open_level + _ONSET_SHARE * amplitude)
    deep = np.flatnonzero(closure >= open_level + _PHASE_SHARE * amplitude)
    onset_s, end_s = float(times[above[0]]), float(times[above[-1]])
    closed_from_s, closed_until_s = float(times[deep[0]]), float(times[deep[-1]])
    return BlinkShape(
        onset_s,
        end_s,
        closed_from_s - onset_s,
        closed_until_s - closed_from_s,
        end_s - closed_until_s,
        amplitude,
    )
