"""Timings of earlier starts, in one small file of the cache. Losing it costs a second at the next start."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_app.inference.choice import Timing
from edge_app.inference.model_files import download_folder

_log = logging.getLogger(__name__)
_LARGEST_BYTES = 1 << 20
_MOST_ENTRIES = 500  # the oldest go: those of bundles and versions of long ago
_FORMAT = 1


class TimingMemory:
    """Timings by key. A file that cannot be read or written is no failure: nothing is remembered then."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or download_folder().parent / "timings.json"

    def recall(self) -> dict[str, Timing]:
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(_LARGEST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        entries = content.get("timings") if isinstance(content, dict) else None
        if not isinstance(entries, dict) or content.get("format") != _FORMAT:
            return {}
        return {key: timing for key, entry in entries.items() if (timing := _timing(entry))}

    def keep(self, fresh: dict[str, Timing]) -> None:
        """Add to what is there, all at once: a reader sees the old file or the new one."""
        kept = {key: timing for key, timing in self.recall().items() if key not in fresh}
        newest = list({**kept, **fresh}.items())[-_MOST_ENTRIES:]
        entries = {key: {"ms": timing.ms, "problem": timing.problem} for key, timing in newest}
        text = json.dumps({"format": _FORMAT, "timings": entries}, indent=1)
        unfinished = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, prefix=".timings-", delete=False, encoding="utf-8"
            ) as file:
                unfinished = file.name
                file.write(text)
            os.replace(unfinished, self._path)
        except OSError as error:
            _log.info("%s: timings are not remembered (%s)", self._path, error.strerror or error)
            if unfinished is not None:
                with suppress(OSError):
                    os.unlink(unfinished)


def _timing(entry: Any) -> Timing | None:
    """None for anything that this program did not write."""
    if not isinstance(entry, dict):
        return None
    ms, problem = entry.get("ms"), entry.get("problem")
    if not isinstance(problem, str):
        return None
    if ms is None:
        return Timing(None, problem) if problem else None
    told = isinstance(ms, (int, float)) and not isinstance(ms, bool) and 0 < ms < 1e9
    return Timing(float(ms), problem) if told else None
