"""Whether a folder that may not be there yet could keep files of this user. Nothing is made and nothing changed."""

from __future__ import annotations

import os
from pathlib import Path


def can_keep(folder: Path) -> bool:
    first = next(place for place in (folder, *folder.parents) if place.exists())
    return first.is_dir() and os.access(first, os.R_OK | os.W_OK | os.X_OK)
