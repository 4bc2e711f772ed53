"""How much a face smiles when it does nothing: some read as smiling all the time.

A low quantile of the last minutes, so that laughing for a while does not count as rest.
"""

from __future__ import annotations

from edge_app.driver_state.fading_histogram import FadingHistogram

_QUANTILE, _BINS = 0.2, 25
_MEMORY_S, _KNOWN_AFTER_S, _LOOK_EVERY_S = 120.0, 20.0, 1.0
_LONGEST_STEP_S = 0.5


class RestingSmile:
    """0..1; None before a face was seen for long enough."""

    def __init__(self) -> None:
        self._smiles = FadingHistogram(0.0, 1.0, _BINS, _MEMORY_S)
        self._last_s: float | None = None
        self._looked_s = -float("inf")
        self.value: float | None = None

    def step(self, t_s: float, smile: float | None) -> None:
        passed_s = 0.0 if self._last_s is None else min(t_s - self._last_s, _LONGEST_STEP_S)
        self._last_s = t_s
        if smile is None:
            return
        self._smiles.step(smile, passed_s)
        if self._smiles.seen_s >= _KNOWN_AFTER_S and t_s - self._looked_s >= _LOOK_EVERY_S:
            self._looked_s = t_s
            self.value = self._smiles.quantile(_QUANTILE)
