"""A labelled still picture of a set, and albums of some hundred of them: the pieces in which picture sets are prepared.

A prepared picture is a clip of one frame.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ALBUM = 256  # pictures; some seconds of work, which is what a stop can cost


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A picture's own file; or what of a file of many it is, as `picture_reading` reads it by the file's suffix."""

    file: Path
    first: int | None = (
        None  # .npz: row of `images`; .tar and .csv: first byte; None: the whole file
    )
    size: int = 0  # bytes, of .tar and .csv


@dataclass(frozen=True, slots=True)
class SourcePicture:
    picture: str  # unique in its set; becomes the row's `clip` and `video`
    place: PicturePlace
    person: str = ""
    split: str = ""
    fold: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    box: tuple[int, int, int, int] | None = None  # left, top, width and height of the face, px

    def told(self) -> list[Any]:
        """All that is told of the picture, and not where the set lies."""
        return [
            self.picture,
            [self.place.file.name, self.place.first, self.place.size],
            self.person,
            self.split,
            self.fold,
            sorted(self.labels.items()),
            sorted(self.values.items()),
            self.box,
        ]


@dataclass(frozen=True, slots=True)
class Album:
    pictures: tuple[SourcePicture, ...]

    @property
    def identity(self) -> str:
        """As of `SourceVideo`."""
        told = [picture.told() for picture in self.pictures]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def files(self) -> tuple[Path, ...]:
        """Each once."""
        return tuple(dict.fromkeys(picture.place.file for picture in self.pictures))

    @property
    def count(self) -> int:
        return len(self.pictures)


def albums(pictures: Sequence[SourcePicture]) -> tuple[Album, ...]:
    """In the set's order."""
    return tuple(
        Album(tuple(pictures[first : first + ALBUM])) for first in range(0, len(pictures), ALBUM)
    )
