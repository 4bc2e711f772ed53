"""Alerts as the blinking of a lamp on a GPIO pin."""

from __future__ import annotations

from edge_app.alerts.cabin_settings import GpioLightOutputSettings
from edge_app.alerts.event import ActiveAlert
from edge_app.alerts.outputs.gpio_pin import open_output_pin
from edge_app.alerts.outputs.patterns import PATTERNS


class GpioLightOutput:
    """Blinks in the pattern of the level; steady once the pattern has ended or the driver has acknowledged."""

    def __init__(self, settings: GpioLightOutputSettings) -> None:
        self._pin = open_output_pin("gpio_light", settings.pin, active_high=settings.active_high)
        self._voice: ActiveAlert | None = None

    def show(self, voice: ActiveAlert | None) -> None:
        self._voice = voice
        self.sustain(0.0)

    def sustain(self, held_s: float) -> None:
        if self._voice is not None and self._is_lit(self._voice, held_s):
            self._pin.on()
        else:
            self._pin.off()

    def close(self) -> None:
        self._pin.close()

    def _is_lit(self, voice: ActiveAlert, held_s: float) -> bool:
        pattern = PATTERNS[voice.level]
        over = pattern.repeat_s is None and held_s >= pattern.duration_s
        return voice.acknowledged or over or pattern.is_on(held_s)


def open_output(settings: GpioLightOutputSettings) -> GpioLightOutput:
    return GpioLightOutput(settings)
