"""PERCLOS: closure in, share of the last minute with the eyes at least 80 % closed out."""

from __future__ import annotations

from edge_app.driver_state.held_window import HeldWindow
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import Perclos


class PerclosEstimator:
    """PERCLOS (P80), weighted by time rather than frames. Wierwille et al. 1994.

    A gap in the signal is neither open nor closed: it lowers `coverage` instead. So does a closure in doubt.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.perclos
        self._closed_from = settings.lids.closed_from
        self._window = HeldWindow(window_s=settings.perclos.window_s, max_gap_s=settings.max_gap_s)

    def step(self, t_s: float, closure: Signal, *, doubted: bool) -> Perclos:
        """doubted: as in `LidEpisode`."""
        value = closure.value
        closed = None if value is None else value >= self._closed_from
        self._window.step(t_s, None if closed and doubted else closed)
        known_s = self._window.known_s
        coverage = min(1.0, known_s / self._settings.window_s)
        if known_s <= 0.0 or coverage < self._settings.min_coverage:
            return Perclos(None, None, coverage)
        return Perclos(
            share=self._window.held_s() / known_s,
            share_without_blinks=self._window.held_s(min_run_s=self._settings.blink_s) / known_s,
            coverage=coverage,
        )
