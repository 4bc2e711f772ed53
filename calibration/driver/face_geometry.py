"""Whether the face that is seen has the proportions of the one that was learned: whether it is another, not whose.

In: ratios of distances that neither blinks nor the mouth change. What is kept of a driver is mean and spread of each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from calibration.driver.steady_level import SteadyLevel

KNOWN_AFTER_S = 20.0
LARGEST_RATIO = 100.0
_MEMORY_S = 600.0
# What does not repeat when the same driver sits differently: half of what two photographs of one person differ by
# (`python -m benchmarks.face_geometry`), as a share of a ratio.
_LEAST_SPREAD_SHARE, _LEAST_SPREAD = 0.01, 0.004


class FaceGeometry:
    """One driver's, for as long as the drive lasts."""

    def __init__(self) -> None:
        self._ratios: list[SteadyLevel] = []

    @property
    def known(self) -> bool:
        return bool(self._ratios) and all(
            ratio.learned_s >= KNOWN_AFTER_S for ratio in self._ratios
        )

    @property
    def means(self) -> tuple[float, ...]:
        return tuple(ratio.level for ratio in self._ratios)

    @property
    def spreads(self) -> tuple[float, ...]:
        return tuple(ratio.spread for ratio in self._ratios)

    def start_from(self, means: Sequence[float], spreads: Sequence[float]) -> None:
        self._ratios = []
        for mean, spread in zip(means, spreads, strict=True):
            ratio = SteadyLevel(_MEMORY_S, max(_least_spread(mean), spread))
            ratio.start_from(mean, KNOWN_AFTER_S)
            self._ratios.append(ratio)

    def learn(self, geometry: Sequence[float], weight_s: float) -> None:
        """A vector of another length than before, as of another model, begins anew."""
        if not usable(geometry):
            return
        if len(geometry) != len(self._ratios):
            self._ratios = [SteadyLevel(_MEMORY_S, _least_spread(value)) for value in geometry]
        for ratio, value in zip(self._ratios, geometry, strict=True):
            ratio.add(value, weight_s, take_all_below_s=5.0)

    def deviations(self, samples: Sequence[Sequence[float]]) -> float | None:
        """How far the median of `samples` is from what was learned, root mean square over the ratios, in their spreads;
        None where the two cannot be compared.
        """
        fitting = [one for one in samples if len(one) == len(self._ratios) and usable(one)]
        if not self.known or not fitting:
            return None
        squares = 0.0
        for place, ratio in enumerate(self._ratios):
            spread = max(_least_spread(ratio.level), ratio.spread)
            seen = median(one[place] for one in fitting)
            squares += ((seen - ratio.level) / spread) ** 2
        return math.sqrt(squares / len(self._ratios))


def usable(geometry: Sequence[float]) -> bool:
    return len(geometry) > 0 and all(abs(value) <= LARGEST_RATIO for value in geometry)


def _least_spread(ratio: float) -> float:
    return max(_LEAST_SPREAD, _LEAST_SPREAD_SHARE * abs(ratio))
