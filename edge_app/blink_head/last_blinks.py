"""The last blinks of the driver who is watched, and what the head says of them until the next blink."""

from __future__ import annotations

import logging
from collections import deque

from edge_app.blink_head.head import BlinkHead
from edge_app.blink_head.rows import MOST_BLINKS, BlinkRow
from edge_app.driver_state.signals import BlinkReading
from edge_app.driver_state.state import DriverState

_log = logging.getLogger(__name__)

_OLDEST_S = 600.0  # what was blinked before says little of now


class LastBlinks:
    """Follows what is judged, moment after moment. A head that fails costs no frame: the watch goes on without it."""

    def __init__(self, head: BlinkHead) -> None:
        self._head: BlinkHead | None = head
        self._blinks: deque[tuple[float, BlinkRow]] = deque(maxlen=MOST_BLINKS)  # end, row
        self._driver_number: int | None = None
        self.reading: BlinkReading | None = None

    def forget(self) -> None:
        """What comes has nothing to do with what was before."""
        self._blinks.clear()
        self.reading = None

    def judged(self, state: DriverState) -> None:
        """`state`: of the moment just judged. Afterwards `reading` holds for the next one."""
        if self._head is None:
            return
        if state.calibration.driver_number != self._driver_number:
            self._driver_number = state.calibration.driver_number
            self.forget()
        while self._blinks and self._blinks[0][0] < state.t_s - _OLDEST_S:
            self._blinks.popleft()
        if not self._blinks:
            self.reading = None
        if state.blinks.standardised is None:
            return
        self._blinks.append((state.t_s, state.blinks.standardised))
        try:
            self.reading = self._head.step([row for _, row in self._blinks])
        except Exception:  # noqa: BLE001 - logged; the rules carry the level without it
            _log.exception("the head on blinks has failed; going on without it")
            self._head = None
            self.forget()
