"""Why there was no update lately, for `vigil updates status`: one small file, gone with the next success."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from edge_app.telemetry.clock import Instant
from edge_app.updates.durable import replace_file
from edge_app.updates.failures import UpdateError, Why

logger = logging.getLogger(__name__)

LAST_FAILURE = "last-failure.json"


@dataclass(frozen=True, slots=True)
class Failure:
    """since_s: Unix time of the first of its kind; None where the clock was not known."""

    why: str
    sentence: str
    since_s: float | None

    @property
    def words(self) -> str:
        if self.since_s is None:
            return self.sentence
        since = datetime.fromtimestamp(self.since_s, timezone.utc)
        return f"{self.sentence.rstrip('.')} (since {since:%Y-%m-%d %H:%M} UTC)."


class LastFailure:
    """Raises nothing: a disk that fails is told elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LAST_FAILURE

    def read(self) -> Failure | None:
        try:
            kept = json.loads(self._path.read_bytes())
            since_s = kept["since_s"]
            return Failure(
                str(kept["why"]),
                str(kept["sentence"]),
                None if since_s is None else float(since_s),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, error: UpdateError, now: Instant) -> None:
        """Written only where another kind of failure stood there: a garage has no network for weeks."""
        before = self.read()
        if error.why is Why.BUSY or (before is not None and before.why == error.why.value):
            return
        since_s = round(now.wall_s) if now.synchronised else None
        content = {"why": error.why.value, "sentence": str(error), "since_s": since_s}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(content).encode())
        except OSError as failed:
            logger.warning("%s cannot be written (%s).", self._path, failed.strerror or failed)

    def clear(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
