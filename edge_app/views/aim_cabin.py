"""The cabin while an installer is at work: silent, save where an alert is tried."""

from __future__ import annotations

from collections.abc import Callable

from edge_app.alerts.cabin_settings import CabinSettings
from edge_app.alerts.event import ActiveAlert
from edge_app.alerts.outputs.cabin import CabinVoice


class CabinOfInstaller(CabinVoice):
    """`may_sound` is asked at every alert."""

    def __init__(self, settings: CabinSettings) -> None:
        super().__init__(settings)
        self.may_sound: Callable[[], bool] = lambda: False

    def post(self, voice: ActiveAlert | None) -> None:
        super().post(voice if voice is not None and self.may_sound() else None)

    def failing(self) -> tuple[str, ...]:
        return tuple(name for name, failure in self.failures().items() if failure.failing)
