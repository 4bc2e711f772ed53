"""Alerts as the rhythm of an active buzzer on a GPIO pin."""

from __future__ import annotations

from edge_app.alerts.cabin_settings import GpioBuzzerOutputSettings
from edge_app.alerts.event import ActiveAlert
from edge_app.alerts.outputs.gpio_pin import open_output_pin
from edge_app.alerts.outputs.patterns import PATTERNS, Pattern


class GpioBuzzerOutput:
    """On and off in the pattern of the level; silent once acknowledged."""

    def __init__(self, settings: GpioBuzzerOutputSettings) -> None:
        self._pin = open_output_pin("gpio_buzzer", settings.pin, active_high=settings.active_high)
        self._pattern: Pattern | None = None

    def show(self, voice: ActiveAlert | None) -> None:
        silent = voice is None or voice.acknowledged
        self._pattern = None if voice is None or silent else PATTERNS[voice.level]
        self.sustain(0.0)

    def sustain(self, held_s: float) -> None:
        if self._pattern is not None and self._pattern.is_on(held_s):
            self._pin.on()
        else:
            self._pin.off()

    def close(self) -> None:
        self._pin.close()


def open_output(settings: GpioBuzzerOutputSettings) -> GpioBuzzerOutput:
    return GpioBuzzerOutput(settings)
