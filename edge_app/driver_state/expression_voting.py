"""Expression over time: per-frame class probabilities in, soft-voted and median-filtered ones out. Causal."""

from __future__ import annotations

from collections import deque

import numpy as np

from edge_app.driver_state.settings import ExpressionSettings
from edge_app.driver_state.state import Expression


class ExpressionVoting:
    """Mean over a window of `window_s`, every `stride_s`, then the median of the last votes (paper 2, sec. 3.4)."""

    def __init__(self, settings: ExpressionSettings) -> None:
        self._settings = settings
        self._frames: deque[tuple[float, tuple[float, ...]]] = deque()
        self._votes: deque[np.ndarray] = deque(maxlen=settings.median_votes)
        self._voted_s: float | None = None
        self._expression: Expression | None = None

    def step(self, t_s: float, probabilities: tuple[float, ...] | None) -> Expression | None:
        if probabilities is not None:
            if self._frames and len(self._frames[-1][1]) != len(probabilities):
                self._frames.clear()
                self._votes.clear()
            self._frames.append((t_s, probabilities))
        while self._frames and self._frames[0][0] <= t_s - self._settings.window_s:
            self._frames.popleft()
        if not self._frames:
            self._votes.clear()
            self._expression = None
            return None
        if self._voted_s is None or t_s - self._voted_s >= self._settings.stride_s:
            self._voted_s = t_s
            self._votes.append(np.mean([frame for _, frame in self._frames], axis=0))
            filtered = np.median(np.stack(list(self._votes)), axis=0)
            total = float(filtered.sum())
            if total > 0.0:
                filtered = filtered / total
            self._expression = Expression(tuple(float(p) for p in filtered), int(filtered.argmax()))
        return self._expression
