"""The data sets that can be prepared, one file each with a function `find(root)`; imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from edge_app.errors import UserError
from model_compression.data.clips.source_video import FoundSet


@dataclass(frozen=True, slots=True)
class Kind:
    """A file of this package, and how its videos are cut unless something else is asked for."""

    reads: str
    window_s: float | None = None  # None: a video is one clip
    stride_s: float | None = None
    frame_rate_hz: float | None = None


KINDS = {  # on the command line; the file has underscores
    # Recorded at 30 frames a second by day and 15 by night: at 15 nothing tells day from night but the light.
    "nthu-ddd": Kind("NTHU-DDD: drowsiness by frame", 4.0, 4.0, 15.0),
    "mix-bac": Kind(
        "videos with a blood alcohol concentration, listed in clips.csv", 4.0, 8.0, 15.0
    ),
    "dfew": Kind("DFEW: seven expressions, five folds"),
    "ferv39k": Kind("FERV39k: seven expressions, train and test"),
    "afew": Kind("AFEW: seven expressions, train and val"),
    "simulated": Kind("what 'vigil simulate-dataset' writes"),
}


def kind_of(name: str) -> Kind:
    if name not in KINDS:
        raise UserError(f"{name}: there is no such kind of set; known are {', '.join(KINDS)}.")
    return KINDS[name]


def find_videos(name: str, root: Path) -> FoundSet:
    """Every video of a set, with its labels. Raises `UserError` where `root` or its labels make no sense."""
    kind_of(name)
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder; check --root.")
    module = import_module(f"model_compression.data.clips.kinds.{name.replace('-', '_')}")
    return cast(Callable[[Path], FoundSet], module.find)(root)
