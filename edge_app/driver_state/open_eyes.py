"""Whether this driver's eyes have been seen open yet: until then nothing tells shut eyes from hidden ones."""

from __future__ import annotations

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Closure


class OpenEyesGate:
    """Closure in, the same out once the eyes have been seen open; `not_calibrated` before.

    Behind a cap's low peak perception reads shut eyes, all the time. Who drives off has the eyes open.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings
        self._open_s = 0.0
        self._last_s: float | None = None

    def step(self, t_s: float, closure: Closure) -> Closure:
        lids = self._settings.lids
        value = closure.both.value
        if self._open_s >= lids.seen_open_s or value is None:
            return closure
        if value >= lids.closed_from:
            self._last_s = None
            return _unknown(closure)
        if self._last_s is not None and t_s - self._last_s <= self._settings.max_gap_s:
            self._open_s += t_s - self._last_s
        self._last_s = t_s
        return closure


def _unknown(closure: Closure) -> Closure:
    def unknown(eye: Signal) -> Signal:
        return eye if eye.value is None else Signal.missing(Unavailable.NOT_CALIBRATED)

    return Closure(unknown(closure.left), unknown(closure.right), unknown(closure.both))
