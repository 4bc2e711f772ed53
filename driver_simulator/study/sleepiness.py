"""How sleepy a participant becomes over a drive, and what they rate: a course on the Karolinska scale with noise.

Chosen, not measured: nearly all fall asleep by and by, one in six stays awake, ratings miss by half a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from driver_simulator.study.people import StudyPerson

_EARLY_S, _LATE_S = 600.0, 300.0  # between ratings, before and after a first one of 6 or more
_STEP_S = 60.0  # the course changes so often
_WANDER, _RATING_STD = 0.25, 0.3
_AWAKE_EVERY = 6  # every sixth participant stays awake


@dataclass(frozen=True, slots=True)
class SleepyCourse:
    """One value of the scale for each minute."""

    kss: tuple[float, ...]
    seed: int

    def at(self, t_s: float) -> float:
        return self.kss[min(int(t_s / _STEP_S), len(self.kss) - 1)]

    def spans(self) -> list[dict[str, float]]:
        """As the language of scenarios has it."""
        return [
            {"from_s": _STEP_S * minute, "kss": round(kss, 2)}
            for minute, kss in enumerate(self.kss)
        ]

    def ratings(self, until_s: float) -> list[tuple[float, int]]:
        """(t_s, KSS) as the participant would give it."""
        rng = np.random.default_rng([self.seed, 2])
        given: list[tuple[float, int]] = []
        t_s = _EARLY_S
        while t_s <= until_s:
            felt = self.at(t_s - _STEP_S) + float(rng.normal(0.0, _RATING_STD))
            given.append((t_s, int(np.clip(round(felt), 1, 9))))
            sleepy = any(kss >= 6 for _, kss in given)
            t_s += _LATE_S if sleepy else _EARLY_S
        return given


def draw_course(person: StudyPerson, duration_s: float) -> SleepyCourse:
    rng = np.random.default_rng([person.seed, 1])
    minutes = max(1, int(np.ceil(duration_s / _STEP_S)))
    stays_awake = person.number % _AWAKE_EVERY == 0
    begin = float(rng.uniform(2.5, 4.5))
    end = float(rng.uniform(4.5, 6.0) if stays_awake else rng.uniform(8.6, 9.0))
    reached_at = float(rng.uniform(0.55, 0.85))  # share of the drive
    share = np.clip(np.arange(minutes) / (reached_at * minutes), 0.0, 1.0)
    wander = np.convolve(rng.normal(0.0, 1.0, minutes + 8), np.ones(9) / 3.0, mode="valid")
    course = begin + (end - begin) * share**1.5 + _WANDER * wander[:minutes]
    return SleepyCourse(tuple(float(kss) for kss in np.clip(course, 1.0, 9.0)), person.seed)
