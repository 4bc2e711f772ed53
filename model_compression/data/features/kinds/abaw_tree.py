"""Where videos and faces lie in a set of the ABAW challenges, however deep its archives were unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_compression.data.clips.decoding import is_video

SIDES = ("_left", "_right")  # after a video's name: one of two people in it
_CUT_OUT = "cropped"  # such folders hold millions of pictures, which nobody has to list
_CROPS = (
    "cropped_aligned/cropped_aligned",
    "cropped_aligned_images/cropped_aligned",
    "cropped_aligned",
    "cropped",
)


class AbawTree:
    """The folder of a set and two levels below it are looked through."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = list(_places(root))
        self.videos: dict[str, Path] = {}  # by name without suffix
        for place in self.places:
            for one in sorted(place.iterdir()):
                if is_video(one) and one.is_file():
                    self.videos.setdefault(one.stem, one)
        crops = (place / name for name in _CROPS for place in self.places)
        self._crops = next((folder for folder in crops if folder.is_dir()), None)

    def folder_named(self, beginning: str, *, holding: tuple[str, ...]) -> Path | None:
        """The first whose name begins so and that has one of these folders."""
        return next(
            (
                place
                for place in self.places
                if place.name.startswith(beginning)
                and any((place / name).is_dir() for name in holding)
            ),
            None,
        )

    def crops(self, name: str) -> tuple[Path, ...]:
        """The folder of one person's faces; nothing where the set has none."""
        if self._crops is None or not (self._crops / name).is_dir():
            return ()
        return (self._crops / name,)


def whole_name(name: str) -> str:
    """Of the video, without who in it is meant."""
    for side in SIDES:
        if name.endswith(side):
            return name.removesuffix(side)
    return name


def _places(root: Path) -> Iterator[Path]:
    yield root
    first = _folders(root)
    yield from first
    for folder in first:
        yield from _folders(folder)


def _folders(folder: Path) -> list[Path]:
    return sorted(
        one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((_CUT_OUT, "."))
    )
