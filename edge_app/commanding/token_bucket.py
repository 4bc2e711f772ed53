"""How many may pass: a burst at once, then a steady rate."""

from __future__ import annotations


class TokenBucket:
    """Full at the start."""

    def __init__(self, burst: int, per_minute: float) -> None:
        self._burst = float(burst)
        self._per_s = per_minute / 60.0
        self._tokens = self._burst
        self._last_s: float | None = None

    def admits(self, t_s: float) -> bool:
        passed_s = 0.0 if self._last_s is None else max(0.0, t_s - self._last_s)
        self._last_s = t_s
        self._tokens = min(self._burst, self._tokens + passed_s * self._per_s)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
