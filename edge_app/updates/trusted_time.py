"""The time that signatures are judged by: never before the clock is synchronised, never earlier than it once was.

A clock set back would make expired metadata hold again. What is kept is only a time at which everything signed held,
so that a clock that was once far ahead does not lock the vehicle out for longer than the shortest expiry.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from pathlib import Path

from edge_app.telemetry.clock import Instant
from edge_app.updates.durable import replace_file
from edge_app.updates.failures import UpdateError, Why

logger = logging.getLogger(__name__)

TRUSTED_TIME = "trusted-time.json"
_SLACK_S = 300.0  # corrections of a clock that was right


class TrustedTime:
    """One small file in the folder of updates."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / TRUSTED_TIME

    def require(self, now: Instant) -> None:
        """Raises `UpdateError` where this moment is not to be trusted."""
        if not now.synchronised:
            raise UpdateError(
                Why.CLOCK_NOT_SYNCHRONISED,
                "updates: the clock is not synchronised yet, so nobody can tell what has expired; they wait for it.",
            )
        kept_s = self.kept_s()
        if now.wall_s < kept_s - _SLACK_S:
            raise UpdateError(
                Why.CLOCK_SET_BACK,
                f"updates: the clock says {now.wall:%Y-%m-%d %H:%M} UTC, but it was"
                f" {datetime.fromtimestamp(kept_s, timezone.utc):%Y-%m-%d %H:%M} UTC at the last update; check the"
                " vehicle's source of time.",
            )

    def kept_s(self) -> float:
        """Unix time; 0 where none is kept."""
        try:
            return float(json.loads(self._path.read_bytes())["unix_s"])
        except FileNotFoundError:
            return 0.0
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s cannot be read (%s); the time is kept anew.", self._path, error)
            return 0.0

    def keep(self, now: Instant) -> None:
        """After everything signed was found to hold at `now`. Raises OSError."""
        if now.wall_s > self.kept_s():
            replace_file(self._path, json.dumps({"unix_s": round(now.wall_s, 3)}).encode())
