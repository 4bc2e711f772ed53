"""Notices that the loop stands still, from a thread of its own.

What holds Python's global lock for ever stops this thread too; then the service manager's watchdog is what is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

_LOOK_S = 0.1


class StallGuard:
    """Calls `on_stall` once, when `turned` has not been called for `patience_s`."""

    def __init__(self, patience_s: float, on_stall: Callable[[], None]) -> None:
        self._patience = max(1, round(patience_s / _LOOK_S))
        self._on_stall = on_stall
        self._turns = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="vigil-stall-guard", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def turned(self) -> None:
        """The loop has come round; from the first time on it is watched."""
        self._turns += 1

    def close(self) -> None:
        """Nothing is noticed any more. May be called twice, and by `on_stall` itself."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _watch(self) -> None:
        # Looks are counted, not seconds: a machine that was stopped as a whole has not let the loop stand still.
        looks, seen = 0, 0
        while not self._stop.wait(_LOOK_S):
            turns = self._turns
            looks = looks + 1 if turns == seen and turns else 0
            seen = turns
            if looks >= self._patience:
                self._on_stall()
                return
