"""How long the driver has been driving without a rest."""

from __future__ import annotations


class DrivenTime:
    """Seconds since the last rest: parked for at least `rest_s`. Shorter stops count as driving."""

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self._began_s: float | None = None
        self._parked_since_s: float | None = None

    def step(self, t_s: float, *, parked: bool) -> float:
        """Frame times in order; the first one begins the drive."""
        if not parked:
            self._parked_since_s = None
        elif self._parked_since_s is None:
            self._parked_since_s = t_s
        rests = self._parked_since_s is not None and t_s - self._parked_since_s >= self._rest_s
        if self._began_s is None or rests:
            self._began_s = t_s
        return t_s - self._began_s
