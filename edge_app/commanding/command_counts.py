"""How many commands there were and what became of them, for the health message."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from edge_app.commanding.refusal import Reason
from edge_app.telemetry.messages import CommandCountsMessage


class CommandCounts:
    """Counted by the threads that carry out, read by telemetry's."""

    def __init__(self, dropped: Callable[[], int]) -> None:
        """`dropped`: how many were never looked at."""
        self._dropped = dropped
        self._lock = threading.Lock()
        self._refused: Counter[str] = Counter()
        self._done = self._failed = self._repeated = 0

    def refused(self, reason: Reason) -> None:
        with self._lock:
            self._refused[reason.value] += 1

    def done(self) -> None:
        with self._lock:
            self._done += 1

    def failed(self) -> None:
        with self._lock:
            self._failed += 1

    def repeated(self) -> None:
        with self._lock:
            self._repeated += 1

    def message(self) -> CommandCountsMessage:
        with self._lock:
            return CommandCountsMessage(
                done=self._done,
                failed=self._failed,
                repeated=self._repeated,
                refused=dict(sorted(self._refused.items())),
                dropped=self._dropped(),
            )
