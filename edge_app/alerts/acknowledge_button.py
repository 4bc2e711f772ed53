"""A push button on a GPIO pin by which the driver says "I heard it"."""

from __future__ import annotations

from collections.abc import Callable

from edge_app.alerts.outputs.gpio_pin import open_button


class AcknowledgeButton:
    """Calls `acknowledged` at each press, from gpiozero's thread. Raises `OutputError` without the pin."""

    def __init__(self, pin: int, acknowledged: Callable[[], None], *, bounce_s: float) -> None:
        self._button = open_button("acknowledge.button_pin", pin, bounce_s=bounce_s)
        self._button.when_pressed = acknowledged

    def close(self) -> None:
        """Release the pin. May be called twice."""
        self._button.close()
