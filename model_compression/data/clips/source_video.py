"""What a reader of a data set finds: its labelled videos, and the files that should be there and are not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.source_picture import Album, SourcePicture, albums

NO_LABEL = 255  # of a frame
_NAMED = 3


@dataclass(frozen=True, slots=True)
class FrameLabels:
    """A class for each frame of a long video, which is cut into windows."""

    task: str
    classes: bytes  # one a frame, in the video's own frames; NO_LABEL where there is none


@dataclass(frozen=True, slots=True)
class SourceVideo:
    """A video file or a folder of its frames, in the order of the numbers in their names."""

    video: str  # unique in its set; becomes the clips' `video`
    path: Path
    person: str = ""
    split: str = ""
    fold: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    frame_labels: FrameLabels | None = None
    frame_rate_hz: float | None = None  # as the set tells it; None: as the file does

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,)

    @property
    def count(self) -> int:
        """Of what progress is told in."""
        return 1

    @property
    def identity(self) -> str:
        """Changes with all that is told of the video, and not with where the set lies."""
        frames = self.frame_labels
        told = [
            self.video,
            self.path.name,
            self.person,
            self.split,
            self.fold,
            sorted(self.labels.items()),
            None if frames is None else [frames.task, hashlib.sha256(frames.classes).hexdigest()],
            self.frame_rate_hz,
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


Source = SourceVideo | Album
"""What one piece is made of."""


@dataclass(frozen=True, slots=True)
class FoundSet:
    """missing: files and folders below the set's root, by name."""

    videos: tuple[SourceVideo, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what who reads a result should know of the set
    pictures: tuple[SourcePicture, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of its own: its people

    def sources(self) -> tuple[Source, ...]:
        """In the order of the prepared rows."""
        return (*self.videos, *albums(self.pictures))


def check_found(found: FoundSet, root: Path, kind: str, *, allow_missing: bool) -> None:
    """Raises `UserError` where nothing is there, or not everything and that was not allowed."""
    anything = bool(found.videos or found.pictures)
    if anything and (allow_missing or not found.missing):
        _check_unique(found, root)
        return
    if not found.missing:
        raise UserError(f"{root}: its lists name nothing of {kind}; check --root.")
    names = ", ".join(found.missing[:_NAMED])
    more = len(found.missing) - _NAMED
    named = f"{names} and {more} more" if more > 0 else names
    told = f"{root}: {len(found.missing)} of what belongs to {kind} is not there ({named})"
    if anything:
        raise UserError(f"{told}; copy it, or add --allow-missing to prepare the rest.")
    raise UserError(f"{told} and nothing else is; check --root.")


def _check_unique(found: FoundSet, root: Path) -> None:
    seen: set[str] = set()
    names = [video.video for video in found.videos]
    names += [picture.picture for picture in found.pictures]
    for name in names:
        if name in seen:
            raise UserError(f"{root}: {name} is there twice; remove one of them.")
        seen.add(name)
