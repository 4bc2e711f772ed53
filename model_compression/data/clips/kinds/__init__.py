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
    pictures: bool = False  # of stills


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
    "mafw": Kind("MAFW: eleven expressions, five folds"),
    # Paper 3 sees 16 frames, every fourth of 25 a second; a stride longer than most utterances makes one clip of each.
    "voxceleb2": Kind("VoxCeleb2: who it is, for learning without labels", 2.56, 10.0, 6.25),
    "affectnet": Kind("AffectNet: eight expressions, valence and arousal", pictures=True),
    "raf-db": Kind("RAF-DB: seven expressions, train and test", pictures=True),
    "ferplus": Kind("FERPlus: eight expressions, train, val and test", pictures=True),
    "fer2013": Kind("FER2013: seven expressions", pictures=True),
    "faces-by-person": Kind("a folder of pictures for each person, as VGGFace2", pictures=True),
    "aff-wild2": Kind(
        "Aff-Wild2: eight expressions, train and val, every fifth frame", pictures=True
    ),
}


def kind_of(name: str) -> Kind:
    if name not in KINDS:
        raise UserError(f"{name}: there is no such kind of set; known are {', '.join(KINDS)}.")
    return KINDS[name]


def find_videos(name: str, root: Path) -> FoundSet:
    """Every video or picture of a set, with its labels. Raises `UserError` where `root` or its labels make no sense."""
    kind_of(name)
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder; check --root.")
    module = import_module(f"model_compression.data.clips.kinds.{name.replace('-', '_')}")
    return cast(Callable[[Path], FoundSet], module.find)(root)
