"""A lamp that says that the camera watches: lit while frames are looked at, dark when they are not, on a GPIO pin.

It goes dark by itself, from a thread of its own, when the loop falls silent: a lamp that stays lit over a dead camera
would tell as little as one that stays dark over a live one.
"""

from __future__ import annotations

import threading

from edge_app.alerts.outputs.gpio_pin import open_output_pin
from edge_app.alerts.outputs.output import OutputError
from edge_app.camera.frame import Frame
from edge_app.monitor import MonitorStep

_DARK_AFTER_S = 1.5  # the slowest pace is a frame a second


class RecordingLight:
    """A watcher of the loop. Raises `OutputError` where the pin cannot be used, at the start or later."""

    def __init__(
        self, pin: int, *, active_high: bool = True, dark_after_s: float = _DARK_AFTER_S
    ) -> None:
        self._name = f"recording light: GPIO {pin}"
        self._pin = open_output_pin("recording light", pin, active_high=active_high)
        self._failure: Exception | None = None
        self._dark_after_s = dark_after_s
        self._last: Frame | None = None
        self._looked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recording-light", daemon=True)
        self._thread.start()

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        if self._failure is not None:
            raise OutputError(
                f"{self._name} has failed ({self._failure}); the lamp tells nothing until Vigil is started again."
            )
        # Without a new frame the loop shows the last one again.
        if frame is not None and frame is not self._last:
            self._last = frame
            self._looked.set()

    def close(self) -> None:
        """Dark. May be called twice."""
        self._closing.set()
        self._looked.set()
        self._thread.join()
        self._pin.close()

    def _run(self) -> None:
        try:
            self._follow()
        except Exception as error:  # noqa: BLE001 - told by the next step, which the loop logs and publishes
            self._failure = error

    def _follow(self) -> None:
        while not self._closing.is_set():
            lit = self._looked.wait(self._dark_after_s)
            self._looked.clear()
            if lit and not self._closing.is_set():
                self._pin.on()
            else:
                self._pin.off()
