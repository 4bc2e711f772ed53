"""Which sets there are, by name, and the folders where data and caches lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.faces import Faces
from model_compression.data.fer2013 import Fer2013
from model_compression.data.headpose import HeadPose
from model_compression.data.nir import NearInfrared
from model_compression.data.picture_set import PictureSet

_SETS: dict[str, Callable[[Path], PictureSet]] = {
    "faces": Faces,
    "nir": NearInfrared,
    "headpose": HeadPose,
    "fer2013-train": lambda data_root: Fer2013(data_root, "train"),
    "fer2013-val": lambda data_root: Fer2013(data_root, "val"),
}
SET_NAMES = tuple(_SETS)


def open_set(name: str, data_root: Path) -> PictureSet:
    if name not in _SETS:
        raise UserError(
            f"{name}: there is no data set of this name; known are: {', '.join(_SETS)}."
        )
    return _SETS[name](data_root)


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
