"""A labelled long video as its set tells it: where its pictures, faces and sound lie, and what is true when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError

Side = Literal["", "left", "right"]
_NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class LabelledVideo:
    """Labels and values by frame are of the video's own frames, from its first."""

    video: str  # unique in its set
    file: Path | None = None  # the video
    crops: tuple[
        Path, ...
    ] = ()  # folders of faces cut out, by frame; without any, faces are searched in the video
    sound: Path | None = None  # whose sound track is heard: the video, or a recording beside it
    side: Side = ""  # where two people are in the picture: whose half of it this is
    ends_early: bool = False  # labels may end long before the video does
    person: str = ""
    split: str = ""
    fold: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    frame_labels: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    frame_values: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def labelled_frames(self) -> int:
        """0: no frame is."""
        return max((len(array) for _, array in self._by_frame()), default=0)

    @property
    def identity(self) -> str:
        """Changes with all that is told of the video, and not with where the set lies."""
        told = [
            self.video,
            None if self.file is None else self.file.name,
            [folder.name for folder in self.crops],
            None if self.sound is None else self.sound.name,
            self.side,
            [self.person, self.split, self.fold],
            sorted(self.labels.items()),
            sorted(self.values.items()),
            [
                [name, hashlib.sha256(array.tobytes()).hexdigest()]
                for name, array in self._by_frame()
            ],
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _by_frame(self) -> list[tuple[str, NDArray[Any]]]:
        return [*sorted(self.frame_labels.items()), *sorted(self.frame_values.items())]


@dataclass(frozen=True, slots=True)
class FoundVideos:
    """missing: files and folders below the set's root, by name."""

    videos: tuple[LabelledVideo, ...]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of what is labelled
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what who reads a result should know of the set

    @property
    def identity(self) -> str:
        told = "".join(video.identity for video in self.videos)
        return hashlib.sha256(told.encode()).hexdigest()


def check_found(found: FoundVideos, root: Path, kind: str, *, allow_missing: bool) -> None:
    """Raises `UserError` where nothing is there, or not everything and that was not allowed."""
    if found.videos and (allow_missing or not found.missing):
        _check_unique(found, root)
        return
    if not found.missing:
        raise UserError(f"{root}: holds no video of {kind}; check --root.")
    named = ", ".join(found.missing[:_NAMED])
    more = len(found.missing) - _NAMED
    named = f"{named} and {more} more" if more > 0 else named
    told = f"{root}: {len(found.missing)} of what belongs to {kind} is not there ({named})"
    if found.videos:
        raise UserError(f"{told}; copy it, or add --allow-missing to read the rest.")
    raise UserError(f"{told} and nothing else is; check --root.")


def _check_unique(found: FoundVideos, root: Path) -> None:
    seen: set[str] = set()
    for one in found.videos:
        if one.video in seen:
            raise UserError(f"{root}: {one.video} is there twice; remove one of them.")
        seen.add(one.video)
