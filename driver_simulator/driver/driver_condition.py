"""How the driver is at any instant: sleepiness and impairment of the script, as this person shows them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from driver_simulator.driver.course import Course
from driver_simulator.driver.person_traits import PersonTraits
from driver_simulator.driver.statistics import ByKss, impairment_statistics
from driver_simulator.scenario.scenario import StateSpan

Impairment = Literal["none", "light", "moderate", "strong"]
_LEVELS: tuple[Impairment, ...] = ("none", "light", "moderate", "strong")
# A driver does not become another in an instant.
_RAMP_S = 8.0


class DriverCondition:
    """Reads the spans of a scenario's `state`."""

    def __init__(self, spans: Sequence[StateSpan], traits: PersonTraits) -> None:
        self._spans = tuple(spans)
        self._from_s = [span.from_s for span in spans]
        self._traits = traits

    def kss_at(self, t_s: float) -> float:
        return self._span(t_s).kss

    def impairment_at(self, t_s: float) -> Impairment:
        return self._span(t_s).impairment

    def drowsy(self, statistics: ByKss, t_s: float) -> float:
        return statistics.at(self._span(t_s).kss)

    def impaired(self, cue: str, t_s: float) -> float:
        return self._impaired(cue, self._span(t_s))

    def spans(self, duration_s: float) -> list[tuple[float, float]]:
        """From when until when the driver is in one state."""
        starts = [from_s for from_s in self._from_s if from_s < duration_s]
        return list(zip(starts, [*starts[1:], duration_s], strict=True))

    def course(self, value: Callable[[float], float]) -> Course:
        """A value that depends on the instant by the state alone, smooth from span to span."""
        return Course.steps([(from_s, value(from_s)) for from_s in self._from_s], ramp_s=_RAMP_S)

    def _span(self, t_s: float) -> StateSpan:
        return self._spans[max(0, bisect_right(self._from_s, t_s) - 1)]

    def _impaired(self, cue: str, span: StateSpan) -> float:
        values = getattr(impairment_statistics(), cue)
        level = _LEVELS.index(span.impairment)
        if level == 0:
            return float(values[0])
        return float(np.interp(level + self._traits.impairment[cue], range(len(values)), values))
