"""Where data sets and what is made of them lie."""

from __future__ import annotations

import os
from pathlib import Path

from edge_app.errors import UserError


def data_folder(explicit: Path | None = None) -> Path:
    """`explicit`, else VIGIL_DATA."""
    place = explicit or (Path(os.environ["VIGIL_DATA"]) if os.environ.get("VIGIL_DATA") else None)
    if place is None:
        raise UserError("No data folder is named: give --data or set VIGIL_DATA to it.")
    place = place.expanduser()
    if not place.is_dir():
        raise UserError(
            f"{place}: there is no such data folder; give another with --data or VIGIL_DATA."
        )
    return place


def cache_folder(explicit: Path | None = None) -> Path:
    """`explicit`, else VIGIL_CACHE, else `~/.cache/vigil/training`."""
    if explicit is not None:
        return explicit.expanduser()
    if os.environ.get("VIGIL_CACHE"):
        return Path(os.environ["VIGIL_CACHE"]).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vigil" / "training"
