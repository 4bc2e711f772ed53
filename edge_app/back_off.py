"""Waits between attempts: doubling, with jitter, so that a fleet does not knock all at once."""

from __future__ import annotations

from random import Random

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class BackOffSettings(SettingsModel):
    """How long to wait before the next attempt to connect: doubling, with jitter."""

    min_s: float = Field(
        default=1.0, gt=0, description="First wait after a failed connection, seconds"
    )
    max_s: float = Field(
        default=60.0, gt=0, description="Longest wait between two attempts, seconds"
    )

    @model_validator(mode="after")
    def _ordered(self) -> BackOffSettings:
        if self.max_s < self.min_s:
            raise ValueError("max_s is at least min_s")
        return self


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
