"""What the live page shows next: the newest picture and state, and the events so far.

The perception thread puts things in and goes on; the server's thread takes the newest out. Putting is an assignment:
nothing is copied, encoded or waited for, whether ten people watch or nobody.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.alerts.event import ActiveAlert, Event
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.views.gauges import calibration_gauge, gauges
from edge_app.views.legend import clock, plain, sentence_case, why
from edge_app.views.signal_rows import columns, row

_KEPT_EVENTS = 500
_JPEG_QUALITY = 80

Message = dict[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """One moment as it was shown; `number` grows by one with each."""

    number: int
    overlay_bgr: NDArray[np.uint8]
    state: DriverState
    alerts: tuple[ActiveAlert, ...]
    signals: Signals | None


class LiveFeed:
    """Newest wins. `put`, `add_event` and `finish` may be called from any thread; the rest is the server's."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(4)  # tells this run's events from an earlier one's
        self.newest: Shown | None = None
        self.finished_report: str | None = None
        self._events: deque[tuple[int, Message]] = deque(maxlen=_KEPT_EVENTS)
        self._event_numbers = itertools.count(1)
        self._jpeg: tuple[int, bytes] = (0, b"")
        self._encoding: asyncio.Lock | None = None

    def put(
        self,
        overlay_bgr: NDArray[np.uint8],
        state: DriverState,
        alerts: tuple[ActiveAlert, ...],
        signals: Signals | None = None,
    ) -> None:
        number = self.newest.number + 1 if self.newest else 1
        self.newest = Shown(number, overlay_bgr, state, alerts, signals)

    def add_event(self, event: Event) -> None:
        message: Message = {
            "time": clock(event.t_s),
            "type": sentence_case(event.type.value),
            "level": event.level.word if event.level else "none",
            "why": why(event.values),
        }
        self._events.append((next(self._event_numbers), message))

    def finish(self, report: str) -> None:
        self.finished_report = report

    def events_after(self, number: int) -> list[tuple[int, Message]]:
        # A copy in one step: the other thread may append meanwhile.
        return [entry for entry in self._events.copy() if entry[0] > number]

    async def jpeg(self) -> tuple[int, bytes]:
        """The newest picture's number and JPEG; encoded once, however many ask."""
        if self._encoding is None:
            self._encoding = asyncio.Lock()
        async with self._encoding:
            shown = self.newest
            if shown is not None and shown.number != self._jpeg[0]:
                content = await asyncio.to_thread(_encode, shown.overlay_bgr)
                self._jpeg = (shown.number, content)
            return self._jpeg


def _encode(image: NDArray[np.uint8]) -> bytes:
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return content.tobytes()


def state_message(shown: Shown) -> Message:
    """The signals under their column names, the gauges as the overlay has them and one more, the active alerts."""
    state = shown.state
    cells = row(state, state.presence.face_present, signals=shown.signals)
    ranked = sorted(shown.alerts, key=lambda alert: (alert.acknowledged, -alert.level))
    return {
        "number": shown.number,
        "time": clock(state.t_s),
        "signals": dict(zip(columns(), cells, strict=True)),
        "gauges": [
            {
                "label": gauge.label,
                "text": gauge.text,
                "fraction": gauge.fraction,
                "severity": gauge.severity.name.lower(),
                "tick": gauge.tick,
            }
            for gauge in (*gauges(state), calibration_gauge(state))
        ],
        "alerts": [
            {
                "type": plain(alert.type.value),
                "level": alert.level.word,
                "reason": plain(alert.reason),
                "held_s": round(max(0.0, state.t_s - alert.since_s), 1),
                "acknowledged": alert.acknowledged,
            }
            for alert in ranked
        ],
    }
