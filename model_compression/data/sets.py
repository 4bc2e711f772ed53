"""Which sets there are, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.faces import Faces
from model_compression.data.fer2013 import Fer2013
from model_compression.data.headpose import HeadPose
from model_compression.data.nir import NearInfrared
from model_compression.data.picture_set import PictureSet
from model_compression.data.turned import TurnedFaces

_SETS: dict[str, Callable[[Path, Path | None], PictureSet]] = {
    "faces": lambda data_root, _: Faces(data_root),
    "nir": lambda data_root, _: NearInfrared(data_root),
    "headpose": lambda data_root, _: HeadPose(data_root),
    "fer2013-train": lambda data_root, _: Fer2013(data_root, "train"),
    "fer2013-val": lambda data_root, _: Fer2013(data_root, "val"),
    "turned": lambda _, cache_root: TurnedFaces(cache_root),  # after those that it is made of
}
SET_NAMES = tuple(_SETS)


def open_set(name: str, data_root: Path, cache_root: Path | None = None) -> PictureSet:
    """cache_root: where the labels lie that a set may be made of."""
    if name not in _SETS:
        raise UserError(
            f"{name}: there is no data set of this name; known are: {', '.join(_SETS)}."
        )
    return _SETS[name](data_root, cache_root)
