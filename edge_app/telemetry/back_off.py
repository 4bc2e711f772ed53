"""Waits between attempts: doubling, with jitter, so that a fleet does not knock all at once."""

from __future__ import annotations

from random import Random

from edge_app.telemetry.settings import BackOffSettings


class BackOff:
    """Each wait is drawn from the upper half of min, 2·min, 4·min … max."""

    def __init__(self, settings: BackOffSettings, random: Random) -> None:
        self._settings = settings
        self._random = random
        self._ceiling_s = settings.min_s

    def next_s(self) -> float:
        wait_s = self._ceiling_s * self._random.uniform(0.5, 1.0)
        self._ceiling_s = min(self._ceiling_s * 2, self._settings.max_s)
        return wait_s

    def reset(self) -> None:
        self._ceiling_s = self._settings.min_s
