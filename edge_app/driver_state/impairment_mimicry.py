"""How lively the face is when it moves: the height of smiles and of the mouth's openings, over what is usual."""

from __future__ import annotations

from collections import deque

from edge_app.driver_state.impairment_cue import CueReading
from edge_app.driver_state.signals import Signal, Unavailable

_MOST, _LEAST = 40, 6
# Usual heights, from where on there is a movement, and from where on it is none of these (a yawn). Choice.
_SMILE, _MOUTH = (0.6, 0.3, 1.01), (0.3, 0.15, 0.6)


class MimicryCue:
    """A face that rests says nothing: drivers who are alone hardly move theirs."""

    def __init__(self) -> None:
        self._smiles = _Movements(*_SMILE)
        self._mouth = _Movements(*_MOUTH)
        self._reason = Unavailable.NOT_CALIBRATED

    def step(self, mouth_openness: Signal, smile: Signal) -> None:
        if mouth_openness.value is None and smile.value is None:
            self._reason = mouth_openness.unavailable or Unavailable.UNCERTAIN
        self._smiles.step(smile.value)
        self._mouth.step(mouth_openness.value)

    def reading(self) -> CueReading:
        heights = [*self._smiles.heights, *self._mouth.heights]
        if len(heights) < _LEAST:
            return CueReading.missing(self._reason)
        return CueReading.of(sum(heights) / len(heights), len(heights) / (2 * _LEAST))


class _Movements:
    """Peaks between rising above a level and falling below half of the peak."""

    def __init__(self, usual: float, moves_from: float, below: float) -> None:
        self._usual = usual
        self._from = moves_from
        self._below = below
        self._peak = 0.0
        self.heights: deque[float] = deque(maxlen=_MOST)

    def step(self, value: float | None) -> None:
        if value is None:
            self._peak = 0.0
        elif value >= self._from or self._peak > 0.0:
            self._peak = max(self._peak, value)
            if value < max(self._peak / 2, self._from / 2):
                if self._peak < self._below:
                    self.heights.append(self._peak / self._usual)
                self._peak = 0.0
