"""The number of starts beside the outbox: where that file is lost, numbers of starts are not used again."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from edge_app.telemetry.outbox import is_count, sync_folder

logger = logging.getLogger(__name__)


def read_births(outbox: Path) -> int:
    """0 where nothing is known."""
    try:
        number = int(_place(outbox).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
    return number if is_count(number) else 0


def write_births(outbox: Path, number: int) -> None:
    """The outbox counts too: without room for this file the program goes on."""
    place = _place(outbox)
    fresh = place.with_name(f"{place.name}.new")
    try:
        with fresh.open("w", encoding="ascii") as file:
            file.write(f"{number}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(place)
        sync_folder(place.parent)
    except OSError as error:
        logger.warning("The number of starts cannot be kept in %s: %s", place, error)


def _place(outbox: Path) -> Path:
    return outbox.with_name(f"{outbox.name}.births")
